//! The lock-free heart: slabs, their words, and the sets they are found in; and the lists and
//! places by which threads find heaps, arenas and records.
//!
//! Everything here is free of the operating system and of threads, so loom runs it whole. A
//! module names only modules that stand below it here:
//!
//! ```text
//! slab    leased, detached, filled by remote frees, claimed again
//! list    nodes that one thread at a time holds: heaps
//! once    places where a record appears, once: arenas, leaves of the map
//! bump    memory for records, handed out in order
//! watch   when the thread that gives memory back is needed
//! moves   whether something moved while it was counted
//! slots   addresses that any thread leaves and takes
//! entry   what a slice says of its slab
//! notes   what the slices of a segment are used for
//! charge  bytes that are committed, against a limit
//! bits    sets that any thread takes from
//! block   lists of free blocks, in the blocks themselves
//! word    the value of a slab's atomic word
//! ```

pub(crate) mod bits;
pub(crate) mod block;
pub(crate) mod bump;
pub(crate) mod charge;
#[cfg(any(test, feature = "c-api"))]
pub(crate) mod entry;
pub(crate) mod list;
pub(crate) mod moves;
pub(crate) mod notes;
pub(crate) mod once;
pub(crate) mod slab;
pub(crate) mod slots;
pub(crate) mod watch;
pub(crate) mod word;
