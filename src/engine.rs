//! The allocator of the process, bottom to top:
//!
//! ```text
//! front     the fast paths, and what each request takes
//! thread    the heap of the calling thread       fork     the child of a fork
//! census    stats                                collect  everybody gives back
//! heap      one thread's magazines, leases, batches, runs
//! registry  all heaps        run  medium blocks          large  large blocks
//! purge     what goes back to the system, and when
//! magazine  free blocks of one thread       batch  free blocks on their way home
//! arena     reserved ranges, free slices       segment  header of 4 MiB
//! owner     whose slice        map  whose 4 MiB      meta  records for ever
//! os        system calls       misuse  the abort       audit, asan  debugging aids
//! ```

mod arena;
mod audit;
mod batch;
mod census;
mod collect;
mod fork;
mod front;
mod heap;
mod home;
mod large;
mod live;
mod magazine;
mod map;
mod meta;
mod misuse;
mod os;
mod owner;
mod pin;
mod purge;
mod registry;
mod run;
mod segment;
mod thread;

pub(crate) use census::stats;
pub(crate) use front::{
    alloc, alloc_zeroed, collect, dealloc, good_size, is_large, owns, realloc, usable_size,
};
