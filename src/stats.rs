//! What the allocator knows of the memory it manages.

use crate::size_class::CLASS_COUNT;
use core::fmt;

/// The slabs of one size class, at the moment of a [`Stats`] snapshot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClassStats {
    /// Bytes in one block.
    pub block_bytes: usize,
    /// Slabs in use.
    pub slabs: usize,
    /// Blocks that the program holds.
    pub allocated_blocks: usize,
    /// Free blocks in the magazines of threads.
    pub magazine_blocks: usize,
    /// Free blocks in slabs, of which some other block is in use.
    pub partial_blocks: usize,
}

/// A snapshot of the allocator's memory, from [`PoolAlloc::stats`](crate::PoolAlloc::stats).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Bytes of the blocks that the program holds (block sizes, not requested sizes).
    pub allocated_bytes: usize,
    /// Bytes of free blocks in the magazines of threads.
    pub magazine_bytes: usize,
    /// Bytes of free blocks in open batches, on their way home.
    pub batch_bytes: usize,
    /// Bytes of free blocks in slabs.
    pub partial_bytes: usize,
    /// Bytes that may be backed by physical memory.
    pub committed_bytes: usize,
    /// Bytes of address space.
    pub reserved_bytes: usize,
    /// Segments in use.
    pub segments: usize,
    /// Heaps, one per thread; those of threads that ended wait for the next thread.
    pub heaps: usize,
    /// Batches that came home by one compare-and-swap each, since the start.
    pub remote_batches: u64,
    /// Blocks in these batches.
    pub remote_blocks: u64,
    /// Live large mappings.
    pub large_mappings: usize,
    /// Bytes in live large mappings.
    pub large_bytes: usize,
    /// Bytes in mappings kept for reuse.
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

/// A table: totals first, then a line for each size class that has slabs.
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
            writeln!(f, "{what:<18} {}", Kib(bytes))?;
        }
        writeln!(
            f,
            "{} segments, {} heaps, {} large mappings, {} remote batches of {} blocks",
            self.segments, self.heaps, self.large_mappings, self.remote_batches, self.remote_blocks
        )?;
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

/// Bytes, shown in KiB.
struct Kib(usize);

impl fmt::Display for Kib {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>10} KiB", self.0.div_ceil(1024))
    }
}
