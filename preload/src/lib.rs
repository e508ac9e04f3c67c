//! `libpoolalloc_preload.so`: PoolAlloc as the `malloc` of any program, through `LD_PRELOAD`.
//!
//! How it is used, what it promises and where it differs from glibc is told in `docs/PRELOAD.md`.
//!
//! ```text
//! c        malloc, free and their siblings
//! cxx      operator new and delete
//! info     mallinfo, malloc_stats and what else asks or advises
//! report   the table at the end of a process
//! options  the environment
//! line     text on a file descriptor, without allocating
//! ```
//!
//! Nothing here allocates: the crate is `no_std` without `alloc`.
#![cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
#![no_std]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod c;
mod cxx;
mod info;
mod line;
mod options;
mod report;

/// What the standard library in this object allocates with. (It has little occasion to.)
#[global_allocator]
static RUST: poolalloc::PoolAlloc = poolalloc::PoolAlloc::new().scavenger(false);
