//! Typed pools. A module names only modules that stand below it here:
//!
//! ```text
//! handle     `Pool` and `TryPool`: objects that any thread gets and returns
//! local      a pool of one thread
//! boxed      `PoolBox`: an object and nothing else
//! shared     `PooledArc`: an object that many hold
//! ambient    `recycled`: a store for each type in each thread
//! guard      `Pooled`: an object in use
//! store      objects of one type: made, handed out, made ready for reuse, kept or dropped
//! core       what a store is apart from the type of its objects
//! limits     how much a pool keeps idle
//! sending    the rings that the calling thread is the sender to
//! thread     who the calling thread is, and what it leaves behind
//! slot       the place of one object
//! shard      the idle objects of one thread
//! last       where the calling thread took an object from last
//! header     what lies in front of every object
//! barrier    a barrier of which one side costs nothing
//! hooks      what a pool asks of its user
//! recycle    what a type says of itself to be pooled
//! fixed      a pool in place: `const`, without std, without an allocator
//! traits     what every guard has in common
//! holders    how many hold an object together
//! place      places that user code fills
//! stats      what a pool tells of itself
//! bounded    slots for a pool with a capacity
//! blocking   a thread that waits
//! wait       a future that waits
//! gate       who gets which slot: permits, idle objects and waiters, one protocol
//! queue      who waits, in order
//! word       the value of a gate's atomic word
//! error      why there is no object
//! ```

#[cfg(all(feature = "std", not(loom)))]
mod ambient;
#[cfg(feature = "std")]
pub(crate) mod barrier;
#[cfg(all(feature = "std", not(loom)))]
pub(crate) mod blocking;
#[cfg(feature = "std")]
pub(crate) mod bounded;
#[cfg(all(feature = "std", not(loom)))]
mod boxed;
#[cfg(all(feature = "std", not(loom)))]
pub(crate) mod core;
pub(crate) mod error;
#[cfg(not(loom))]
pub mod fixed;
pub(crate) mod gate;
#[cfg(all(feature = "std", not(loom)))]
mod guard;
#[cfg(all(feature = "std", not(loom)))]
mod handle;
#[cfg(feature = "std")]
pub(crate) mod header;
pub(crate) mod holders;
#[cfg(all(feature = "std", not(loom)))]
mod hooks;
#[cfg(all(feature = "std", not(loom)))]
mod last;
#[cfg(all(feature = "std", not(loom)))]
mod limits;
#[cfg(all(feature = "std", not(loom)))]
pub mod local;
#[cfg(not(loom))]
mod place;
pub(crate) mod queue;
#[cfg(all(feature = "std", not(loom)))]
mod recycle;
#[cfg(all(feature = "std", not(loom)))]
mod sending;
#[cfg(feature = "std")]
pub(crate) mod shard;
#[cfg(all(feature = "std", not(loom)))]
mod shared;
#[cfg(all(feature = "std", not(loom)))]
mod slot;
#[cfg(not(loom))]
mod stats;
#[cfg(all(feature = "std", not(loom)))]
mod store;
#[cfg(all(feature = "std", not(loom)))]
mod thread;
#[cfg(not(loom))]
mod traits;
pub(crate) mod wait;
pub(crate) mod word;

#[cfg(not(loom))]
pub use self::stats::Stats as PoolStats;
#[cfg(all(feature = "std", not(loom)))]
pub use self::{
    ambient::recycled,
    boxed::PoolBox,
    guard::Pooled,
    handle::{Builder, Pool, TryPool},
    recycle::{EmptyOnReset, Recycle},
    shared::PooledArc,
};
