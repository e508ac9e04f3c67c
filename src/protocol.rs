//! The lock-free heart: slabs, their words, and the sets they are found in; and the lists and
//! places by which threads find heaps, arenas and records.
//!
//! Everything here is free of the operating system and of threads, so loom runs it whole. A
//! module names only modules that stand below it here:
//!
//! ```text
//! slab    leased, detached, filled by remote frees, claimed again
//! slots   addresses that any thread leaves and takes
//! bits    sets that any thread takes from
//! block   the link in a free block
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
