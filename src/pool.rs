//! Typed pools. A module names only modules that stand below it here:
//!
//! ```text
//! fixed      a pool in place: `const`, without std, without an allocator
//! bounded    slots for a pool with a capacity
//! blocking   a thread that waits
//! wait       a future that waits
//! gate       who gets which slot: permits, idle objects and waiters, one protocol
//! queue      who waits, in order
//! word       the value of a gate's atomic word
//! error      why there is no object
//! ```

#[cfg(all(feature = "std", not(loom)))]
pub(crate) mod blocking;
#[cfg(feature = "std")]
pub(crate) mod bounded;
pub(crate) mod error;
#[cfg(not(loom))]
pub mod fixed;
pub(crate) mod gate;
pub(crate) mod queue;
pub(crate) mod wait;
pub(crate) mod word;
