//! The options of a `PoolAlloc`.

use super::PoolAlloc;
use crate::options::HugePages;
#[cfg(doc)]
use crate::stats::Stats;

impl PoolAlloc {
    /// The same allocator with a scavenger, or without; on is the default. To be called before
    /// [`with_large`](PoolAlloc::with_large).
    ///
    /// The scavenger is a thread that gives unused memory back to the system while the program
    /// sleeps. It is started when 4 MiB have been freed since somebody looked last and 4 MiB or more
    /// are unused, and ends when there is nothing more to give back, mostly after
    /// [`purge_after`](PoolAlloc::purge_after): a program that stays small never has it, and one that
    /// sleeps has it no more. Up to 4 MiB may stay unused. Without it memory goes back when slow paths
    /// come by and 4 MiB or more are committed, so not while nobody allocates, and free pages between live
    /// small blocks only by [`collect`](PoolAlloc::collect).
    ///
    /// For a while the process has a thread more, called `poolalloc` in `/proc/self/task`. All signals
    /// are blocked in it. It starts no destructor and no handler, does not keep a process from ending
    /// for longer than that while, and is not there in the child of a fork, which starts its own. A
    /// program that counts its threads, changes its user namespace (the kernel allows that with one
    /// thread only), or may not call `clone` at the price of its life, switches it off:
    ///
    /// ```
    /// use poolalloc::PoolAlloc;
    ///
    /// #[global_allocator]
    /// static A: PoolAlloc = PoolAlloc::new().scavenger(false);
    ///
    /// assert_eq!(vec![7_u8; 100].len(), 100);
    /// ```
    ///
    /// Where the system refuses the thread, or takes no memory back, it is as if it were off. On
    /// targets without an engine the option has no effect.
    #[must_use]
    pub const fn scavenger(self, on: bool) -> Self {
        Self { options: self.options.with_scavenger(on), ..self }
    }

    /// The same allocator, which gives memory back when it was unused for `ms` milliseconds, at the
    /// latest for twice as long; 500 is the default. To be called before
    /// [`with_large`](PoolAlloc::with_large).
    ///
    /// * `ms`: what is below 10 is 10, what is above 12 days is 12 days.
    ///
    /// A short time costs system calls, and page faults where the memory is used again; a long one
    /// costs memory. [`collect`](PoolAlloc::collect) does not wait. On targets without an engine the
    /// option has no effect.
    ///
    /// ```
    /// use poolalloc::PoolAlloc;
    ///
    /// #[global_allocator]
    /// static A: PoolAlloc = PoolAlloc::new().purge_after(2000);
    ///
    /// assert_eq!(vec![7_u8; 100].len(), 100);
    /// ```
    #[must_use]
    pub const fn purge_after(self, ms: u32) -> Self {
        Self { options: self.options.with_purge_after(ms), ..self }
    }

    /// The same allocator, in which each thread keeps up to `bytes` more bytes of free small blocks for
    /// itself. To be called before [`with_large`](PoolAlloc::with_large).
    ///
    /// The default is 512 KiB, and in a process with more than 16 MiB for each of its threads a 32nd of
    /// that, up to 4 MiB.
    ///
    /// * `bytes`: rounded down to a power of two; what is below 4 KiB is 0, what is above 16 MiB is
    ///   16 MiB, which no thread reaches.
    ///
    /// These blocks, of up to 32 KiB, are in the thread's magazines, one for each block size. A magazine
    /// holds 2 KiB at least, or two blocks where these are larger; where a program frees and allocates many
    /// blocks of a size in turn, its magazine grows, up to 1024 blocks or 256 KiB. By how much all of them
    /// are above the least is what is bounded. Room that is not used any more goes to another size.
    ///
    /// Less costs time where a thread allocates and frees many blocks in turn: those that find no room go
    /// back to their slabs, in batches. More costs memory, in each thread, which other threads do not get.
    /// [`Stats::magazine_bytes`] says how much there is. Fast paths do not see the option. On targets without
    /// an engine it has no effect.
    ///
    /// ```
    /// use poolalloc::PoolAlloc;
    ///
    /// #[global_allocator]
    /// static A: PoolAlloc = PoolAlloc::new().magazine_bytes(64 << 10);
    ///
    /// assert_eq!(vec![7_u8; 100].len(), 100);
    /// ```
    #[must_use]
    pub const fn magazine_bytes(self, bytes: usize) -> Self {
        Self { options: self.options.with_magazine_bytes(bytes), ..self }
    }

    /// The same allocator, which asks for huge pages so; [`HugePages::Dense`] is the default. To be
    /// called before [`with_large`](PoolAlloc::with_large).
    ///
    /// A huge page, mostly 2 MiB, spares 511 page faults, and most of the time that a processor
    /// spends looking up addresses; but what the program does not use of it takes memory too. The
    /// default asks for them, 4 MiB at a time, for new memory of a heap of 64 MiB or more of which the
    /// program uses nearly all. Memory of which a part goes back to the system has small pages from
    /// then on.
    ///
    /// The system may be set to grant none (`/sys/kernel/mm/transparent_hugepage/enabled`, or
    /// `prctl`); then the option has no effect. Mappings of large requests are left to that setting,
    /// and so is what another allocator maps. Under a [`limit`](PoolAlloc::limit) no new memory gets
    /// them, because what is not used of a huge page is not counted. On targets without an engine the
    /// option has no effect.
    ///
    /// ```
    /// use poolalloc::{HugePages, PoolAlloc};
    ///
    /// #[global_allocator]
    /// static A: PoolAlloc = PoolAlloc::new().huge_pages(HugePages::Never);
    ///
    /// assert_eq!(vec![7_u8; 100].len(), 100);
    /// ```
    #[must_use]
    pub const fn huge_pages(self, pages: HugePages) -> Self {
        Self { options: self.options.with_huge_pages(pages), ..self }
    }

    /// The same allocator, which keeps at most `bytes` of memory committed; no limit is the default. To
    /// be called before [`with_large`](PoolAlloc::with_large).
    ///
    /// * `bytes`: rounded down to a multiple of 256 KiB; what is below 1 MiB is 1 MiB, what is above
    ///   4 TiB is 4 TiB.
    ///
    /// A request that would take more first has given back what is free: the calling thread's magazines,
    /// free slices, cached mappings, as by [`collect`](PoolAlloc::collect). Other threads are asked to
    /// do the same at their next slow path. If that is not enough, the request returns null: `try_reserve`
    /// is an `Err`, `Vec::push` and `Box::new` end the program. Live blocks stay as they are, also the
    /// one that a `realloc` should have grown; once memory is freed requests are served again.
    ///
    /// What counts is [`committed_bytes`](Stats::committed_bytes):
    ///
    /// * slices of 64 KiB, from the moment that a block of up to 1 MiB is needed from them until they are
    ///   given back; so also what is free in magazines and slabs;
    /// * large mappings in whole pages, whether or not the pages were ever touched, those that are kept
    ///   for reuse included;
    /// * the allocator's own records: 64 KiB for each 4 MiB of blocks, and chunks of 256 KiB for the rest.
    ///
    /// It is not a limit on resident memory, but the allocator's share of that stays below it, but for a
    /// table of 256 KiB, backed page by page. Not counted are address space, what another allocator maps
    /// that got large requests by [`with_large`](PoolAlloc::with_large), the scavenger's stack, and whatever
    /// the program has beside its heap: code, stacks, files.
    ///
    /// The sum is one word for the process. Changing it costs a compare-and-swap where a slice is used for
    /// the first time, where one goes back, and where a large mapping is made or changed; fast paths do not
    /// see it. On targets without an engine the option has no effect.
    ///
    /// ```
    /// use poolalloc::PoolAlloc;
    ///
    /// #[global_allocator]
    /// static A: PoolAlloc = PoolAlloc::new().limit(64 << 20);
    ///
    /// let mut bytes: Vec<u8> = Vec::new();
    /// if bytes.try_reserve(100 << 20).is_err() {
    ///     bytes.try_reserve(10 << 20)?;
    /// }
    /// # Ok::<(), std::collections::TryReserveError>(())
    /// ```
    #[must_use]
    pub const fn limit(self, bytes: usize) -> Self {
        Self { options: self.options.with_limit(bytes), ..self }
    }
}
