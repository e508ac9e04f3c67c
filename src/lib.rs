//! A global allocator in pure Rust.
#![no_std]

mod global;
mod passthrough;
mod stats;

pub use global::{Mapped, PoolAlloc};
pub use stats::{CLASS_COUNT, ClassStats, Stats};
