//! Pools, and what they are compared with, as pairs of get and release: each once, for the ratios of
//! `main.rs` and for criterion in `benches/pools.rs`.
//!
//! A pair is a function of its number. Those that are `Sync` are run by two threads on one pool, too.
//! syncpool is shared by a lock only: its README's `static mut` is undefined behaviour.

pub mod allocators;
#[path = "../../common/core.rs"]
mod core;
pub mod hand_over;
mod objects;
pub mod others;
pub mod ours;
pub mod seeds;
pub mod work;
