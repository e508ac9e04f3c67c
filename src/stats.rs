//! What the allocator knows of the memory it manages.

use crate::size_class::CLASS_COUNT;
use core::fmt;

/// The slabs of one size class, at the moment of a [`Stats`] snapshot.
///
/// Every block of these slabs is counted in one of the three `_blocks` fields or is in an open
/// batch ([`Stats::batch_bytes`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClassStats {
    /// Bytes in one block, `8..=32768`.
    pub block_bytes: usize,
    /// Slabs in use: those with at least one block that is not in its slab, and those that some
    /// thread allocates from.
    pub slabs: usize,
    /// Blocks that the program holds.
    pub allocated_blocks: usize,
    /// Free blocks in the magazines of threads.
    pub magazine_blocks: usize,
    /// Free blocks in their slabs, never used ones included.
    pub partial_blocks: usize,
}

/// A snapshot of the allocator's memory, from [`PoolAlloc::stats`](crate::PoolAlloc::stats).
///
/// Small blocks, up to 32 KiB, are in one of four places: with the program, in a magazine, in an
/// open batch, or in their slab. Medium blocks, up to 1 MiB, are whole slices of 64 KiB, large
/// ones whole pages. What went to the allocator of
/// [`with_large`](crate::PoolAlloc::with_large) is not ours and in none of the figures.
///
/// `Display` prints a table, allocates nothing and takes no lock; so does [`Debug`](fmt::Debug).
/// The value is a few KiB of counters; with the feature `passthrough` all of them are 0.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Bytes of the blocks that the program holds: small, medium and large. These are the sizes
    /// of blocks, so at least as much as was asked for.
    pub allocated_bytes: usize,
    /// Bytes of free blocks that threads keep for themselves: in magazines, and medium blocks in
    /// their caches. At most 256 KiB in medium blocks per thread; small ones are bounded by
    /// [`PoolAlloc::magazine_bytes`](crate::PoolAlloc::magazine_bytes).
    pub magazine_bytes: usize,
    /// Bytes of free blocks in open batches, on their way home.
    pub batch_bytes: usize,
    /// Bytes of free blocks in slabs, never used ones included: physical memory stands behind a
    /// block only once it was used.
    pub partial_bytes: usize,
    /// Bytes that may be backed by physical memory, which is what [`limit`](crate::PoolAlloc::limit)
    /// limits: slices that were used and not decommitted since, segment headers, large mappings, cached
    /// mappings, and the allocator's own records, 256 KiB at a time. An upper bound: the system backs a
    /// page on first use.
    pub committed_bytes: usize,
    /// Bytes of address space: arenas, large mappings, cached mappings. Costs no memory.
    pub reserved_bytes: usize,
    /// Segments, of 4 MiB each, that were ever in use; they stay with the process, their memory
    /// does not.
    pub segments: usize,
    /// Heaps, made as more threads allocated at once than before. Those of threads that ended are
    /// empty, and wait for the next thread.
    pub heaps: usize,
    /// Batches of blocks that went home to slabs that their thread did not lease, since the start.
    /// Each took one compare-and-swap, or two where the slab became worth claiming.
    pub remote_batches: u64,
    /// Blocks in these batches. Divided by [`remote_batches`](Self::remote_batches) it says how
    /// well frees of other threads' blocks are batched.
    pub remote_blocks: u64,
    /// Large mappings that the program holds.
    pub large_mappings: usize,
    /// Bytes in large mappings that the program holds; part of
    /// [`allocated_bytes`](Self::allocated_bytes).
    pub large_bytes: usize,
    /// Bytes in mappings kept for reuse, at most 64 MiB.
    pub large_cached_bytes: usize,
    /// By size class, smallest blocks first.
    pub classes: [ClassStats; CLASS_COUNT],
}

impl Default for Stats {
    fn default() -> Self {
        Self {
            allocated_bytes: 0,
            magazine_bytes: 0,
            batch_bytes: 0,
            partial_bytes: 0,
            committed_bytes: 0,
            reserved_bytes: 0,
            segments: 0,
            heaps: 0,
            remote_batches: 0,
            remote_blocks: 0,
            large_mappings: 0,
            large_bytes: 0,
            large_cached_bytes: 0,
            classes: [ClassStats::default(); CLASS_COUNT],
        }
    }
}

/// A table: totals first, bytes in KiB and rounded up, then a line for each size class that has
/// slabs, in blocks. Numbers are right-aligned; one that is too wide for its column is printed in
/// full.
impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, bytes) in [
            ("allocated", self.allocated_bytes),
            ("in magazines", self.magazine_bytes),
            ("in open batches", self.batch_bytes),
            ("in partial slabs", self.partial_bytes),
            ("in large mappings", self.large_bytes),
            ("large, cached", self.large_cached_bytes),
            ("committed", self.committed_bytes),
            ("reserved", self.reserved_bytes),
        ] {
            writeln!(f, "{what:<18} {:>12} KiB", bytes.div_ceil(1024))?;
        }
        for (what, count) in [
            ("large mappings", self.large_mappings),
            ("segments", self.segments),
            ("heaps", self.heaps),
        ] {
            writeln!(f, "{what:<18} {count:>12}")?;
        }
        writeln!(f, "{:<18} {:>12}", "remote batches", self.remote_batches)?;
        writeln!(f, "{:<18} {:>12}", "remote blocks", self.remote_blocks)?;
        let mut used = self.classes.iter().filter(|class| class.slabs > 0).peekable();
        if used.peek().is_some() {
            writeln!(
                f,
                "{:>8} {:>8} {:>12} {:>12} {:>12}",
                "block", "slabs", "allocated", "magazines", "free"
            )?;
        }
        for class in used {
            writeln!(
                f,
                "{:>8} {:>8} {:>12} {:>12} {:>12}",
                class.block_bytes,
                class.slabs,
                class.allocated_blocks,
                class.magazine_blocks,
                class.partial_blocks
            )?;
        }
        Ok(())
    }
}
