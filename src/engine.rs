//! The allocator of the process. A module names only modules that stand below it here:
//!
//! ```text
//! c          blocks that are freed by their address alone
//! resize     blocks that grow and shrink
//! front      the fast paths, and what each request takes
//! thread     the heap of the calling thread, from its first request to its end
//! slot       a thread-local word that takes no call in a shared library
//! fork       the child of a fork takes over
//! census     stats
//! collect    everybody gives back
//! scavenger  the thread that gives memory back
//! registry   all heaps, and those that wait
//! heap       one thread's magazines, leases, batches and runs
//! run        medium blocks: runs of slices
//! purge      what goes back to the system, and when
//! holes      free pages inside of slabs
//! large      large blocks: mappings
//! batch      free blocks on their way home
//! home       where slabs live, and where leases come from
//! arena      reserved ranges, and the free slices in them
//! audit      what debug builds check
//! segment    the header of 4 MiB
//! directory  which slab lies in each slice, for frees by address
//! magazine   free blocks of one thread
//! live       where live blocks begin, in debug builds
//! map        what of ours lies in each 4 MiB of address space
//! meta       memory for records, for ever
//! tenure     who leased a slab last, and when
//! owner      whose blocks lie in a slice
//! pin        plug-ins stay loaded
//! limit      what is committed, and how much may be
//! watch      options, and what was freed
//! moves      what the scavenger moves, and who counts meanwhile
//! os         system calls
//! misuse     the abort, and its line on stderr
//! ```

mod arena;
mod audit;
mod batch;
#[cfg(feature = "c-api")]
pub(crate) mod c;
mod census;
mod collect;
#[cfg(feature = "c-api")]
mod directory;
mod fork;
mod front;
mod heap;
mod holes;
mod home;
mod large;
mod limit;
mod live;
mod magazine;
mod map;
mod meta;
mod misuse;
mod moves;
mod os;
mod owner;
mod pin;
mod purge;
mod registry;
mod resize;
mod run;
mod scavenger;
mod segment;
#[cfg(all(feature = "initial-exec", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod slot;
mod tenure;
mod thread;
mod watch;

pub(crate) use census::stats;
pub(crate) use front::{
    alloc, alloc_with, alloc_zeroed_with, collect, dealloc, good_size, is_large, owns, usable_size,
};
pub(crate) use resize::realloc;
