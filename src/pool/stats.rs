//! What a pool tells of itself.

/// The objects of one pool: a snapshot, exact when no other thread uses the pool.
///
/// In the crate's root it is `PoolStats`, as `Stats` is what the allocator tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Objects that nobody uses.
    pub idle: usize,
    /// Objects, in use or idle.
    pub live: usize,
    /// Callers who wait for one. 0 without a capacity: there nobody waits.
    pub waiting: usize,
    /// Objects that the pool has made since it was built: as often nothing was idle, and by
    /// `prefill`.
    pub created: usize,
    /// Objects dropped since the pool was built, rather than kept or detached.
    pub discarded: usize,
}
