//! A global allocator in pure Rust: per-thread size-class pools whose blocks come home from
//! other threads in batches, one compare-and-swap each.
//!
//! ```
//! use poolalloc::PoolAlloc;
//!
//! #[global_allocator]
//! static A: PoolAlloc = PoolAlloc::new();
//!
//! let words: Vec<String> = (0..1000).map(|n| n.to_string()).collect();
//! assert_eq!(words.iter().map(String::len).sum::<usize>(), 2890);
//! println!("{}", PoolAlloc::stats());
//! ```
//!
//! And [`fixed`]: pools of objects in place.
//!
//! How it works is told in [`design`]. A module names only modules that stand below it here:
//!
//! ```text
//! pool          typed pools
//! allocator     `Allocator` of allocator-api2
//! global        `PoolAlloc`, the face
//! c             the face for C: blocks freed by address
//! engine        the allocator of the process
//! passthrough   in its place where it does not run
//! protocol      the lock-free heart, which loom runs whole
//! stats         what `PoolAlloc::stats` returns
//! options       what `PoolAlloc` was built with
//! size_class    which block size serves which request
//! asan          what AddressSanitizer is told
//! sync          the loom seam: atomics come from here only
//! config        every tuning constant, with its reason
//! ```
//!
//! # Where it works
//!
//! The allocator needs the feature `std`, which is on by default. Without it the crate is `no_std`,
//! needs no allocator either, and is what is left then: [`fixed`], on every target with 64-bit
//! atomics.
//!
//! Linux with 64-bit addresses; run on x86-64 only so far. Elsewhere, under Miri and with the
//! feature `passthrough` the crate compiles and every request goes to `std::alloc::System`, large
//! ones of [`with_large`](PoolAlloc::with_large) included. There [`owns`](PoolAlloc::owns) says no,
//! [`stats`](PoolAlloc::stats) are 0, and [`collect`](PoolAlloc::collect) does nothing.
#![no_std]
// An allocator may not unwind, print or allocate: these hold for `src` only, so they are here
// and not in `[lints]`, which tests, benches and examples would inherit.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::std_instead_of_core,
    clippy::alloc_instead_of_core
)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

#[cfg(feature = "std")]
mod asan;
#[cfg(feature = "std")]
mod config;
#[cfg(feature = "std")]
mod size_class;

#[cfg(any(
    all(loom, test),
    all(
        feature = "std",
        target_os = "linux",
        target_pointer_width = "64",
        not(loom),
        not(miri),
        not(feature = "passthrough")
    )
))]
mod protocol;
mod sync;

#[cfg(all(
    feature = "std",
    target_os = "linux",
    target_pointer_width = "64",
    not(loom),
    not(miri),
    not(feature = "passthrough")
))]
mod engine;
#[cfg(all(
    feature = "std",
    not(all(
        target_os = "linux",
        target_pointer_width = "64",
        not(loom),
        not(miri),
        not(feature = "passthrough")
    ))
))]
#[path = "passthrough.rs"]
mod engine;

#[cfg(feature = "allocator-api2")]
mod allocator;
#[cfg(all(
    feature = "c-api",
    target_os = "linux",
    target_pointer_width = "64",
    not(loom),
    not(miri),
    not(feature = "passthrough")
))]
pub mod c;
#[cfg(feature = "std")]
mod global;
#[cfg(feature = "std")]
mod options;
#[cfg(target_has_atomic = "64")]
#[cfg_attr(loom, allow(dead_code, reason = "the models use a part; the pools are left out"))]
mod pool;
#[cfg(feature = "std")]
mod stats;

#[cfg(feature = "allocator-api2")]
pub use allocator::Movable;
#[cfg(feature = "std")]
#[doc = include_str!("../docs/POOLS.md")]
pub mod pools {}

#[doc = include_str!("../docs/DESIGN.md")]
pub mod design {}

#[cfg(all(doctest, feature = "std"))]
#[doc = include_str!("../README.md")]
struct ReadmeDoctests;

#[cfg(feature = "std")]
pub use global::{Large, Mapped, PoolAlloc};
#[cfg(feature = "std")]
pub use options::HugePages;
#[cfg(all(target_has_atomic = "64", feature = "std"))]
pub use pool::error::GetTimeoutError;
#[cfg(target_has_atomic = "64")]
pub use pool::error::{Closed, GetError, TryGetError};
#[cfg(all(target_has_atomic = "64", feature = "std", not(loom)))]
pub use pool::{
    Builder, EmptyOnReset, Pool, PoolBox, Pooled, PooledArc, Recycle, TryPool, local, recycled,
};
#[cfg(all(target_has_atomic = "64", not(loom)))]
pub use pool::{PoolStats, fixed};
#[cfg(all(feature = "derive", target_has_atomic = "64", not(loom)))]
pub use poolalloc_derive::Recycle;
#[cfg(feature = "std")]
pub use size_class::CLASS_COUNT;
#[cfg(feature = "std")]
pub use stats::{ClassStats, Stats};
