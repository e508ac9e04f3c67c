//! The lock-free heart: slabs, their words, and the sets they are found in; and the lists and
//! places by which threads find heaps, arenas and records.
//!
//! Everything here is free of the operating system and of threads, so loom runs it whole. A
//! module names only modules that stand below it here:
//!
//! ```text
//! slab    leased, detached, filled by remote frees, claimed again
//! slots   addresses that any thread leaves and takes
//! list    heaps: nodes that one thread at a time holds
//! once    a record that is made once and stays
//! bump    records, cut from chunks
//! bits    sets that any thread takes from
//! block   lists of free blocks, kept in the blocks
//! word    the value of a slab's atomic word
//! ```

pub(crate) mod bits;
pub(crate) mod block;
pub(crate) mod bump;
pub(crate) mod list;
pub(crate) mod once;
pub(crate) mod slab;
pub(crate) mod slots;
pub(crate) mod word;
