//! What the test programs share.
#![allow(dead_code, reason = "each test program uses a part of its own")]

pub(crate) mod block;
pub(crate) mod child;
pub(crate) mod hoard;
pub(crate) mod layer;
pub(crate) mod ops;
pub(crate) mod pattern;
pub(crate) mod peak;
pub(crate) mod program;
pub(crate) mod rss;

/// False where every request goes to the system's allocator, which `owns` nothing and counts
/// nothing.
pub(crate) const POOLED: bool =
    cfg!(all(target_os = "linux", not(miri), not(feature = "passthrough")));
