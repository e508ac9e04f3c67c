//! The methods that `Pool` and `TryPool` have alike.

/// What [`Pool`](crate::Pool) and [`TryPool`](crate::TryPool) do alike.
macro_rules! upkeep {
    () => {
        /// `value` as an object in use of this pool: it goes home when it is dropped.
        ///
        /// As `get` it never fails: beyond the capacity, or in a closed pool, the object is dropped
        /// on release.
        pub fn adopt(&self, value: T) -> Pooled<T> {
            let slot = self.handle.inner().store.adopt(value);
            // SAFETY: made just now.
            unsafe { Pooled::from_slot(slot) }
        }

        /// Gives the pool a value, which is made ready for reuse as on release.
        ///
        /// A thread keeps up to 16 of what it puts for its own next gets; the rest any thread finds.
        ///
        /// # Errors
        ///
        /// The value itself, if it is not kept: the pool is closed, full, or keeps as much as it
        /// may, or the value did not pass `keep_if`.
        pub fn put(&self, value: T) -> Result<(), T> {
            self.handle.inner().store.put(value)
        }

        /// From now on no call but `get` gives an object. Who waits is told so, idle objects are
        /// dropped now, those in use when they are released.
        pub fn close(&self) {
            self.handle.inner().store.close();
        }

        /// True after [`close`](Self::close).
        #[must_use]
        pub fn is_closed(&self) -> bool {
            self.handle.inner().store.core.is_closed()
        }

        /// Drops the idle objects that `keep` refuses.
        ///
        /// Nobody finds them while `keep` runs: gets that come meanwhile make new objects, or fail.
        /// If `keep` panics, those not looked at yet are dropped.
        ///
        /// Cost: without a capacity, a system call for each thread's shard.
        pub fn retain(&self, keep: impl FnMut(&mut T) -> bool) {
            self.handle.inner().store.retain(keep);
        }

        /// Drops idle objects until at most `idle` are left. Cost: as [`retain`](Self::retain).
        pub fn shrink_to(&self, idle: usize) {
            self.handle.inner().store.shrink_to(idle);
        }

        /// Changes the capacity. Grown, it lets in as many who wait; shrunk, idle objects are
        /// dropped at once, those in use when they are released.
        ///
        /// False, and nothing is done: the pool was built without a capacity.
        pub fn set_capacity(&self, capacity: usize) -> bool {
            self.handle.inner().store.set_capacity(capacity)
        }

        /// What there is. Cost: as [`retain`](Self::retain); with a capacity, time in proportion to
        /// the idle objects.
        #[must_use]
        pub fn stats(&self) -> Stats {
            self.handle.inner().store.stats()
        }
    };
}
pub(crate) use upkeep;
