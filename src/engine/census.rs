//! Stats: a walk over heaps and segments that reads counters, takes no lock and writes nothing.

use crate::{
    config::{SEGMENT_BYTES, SLICE_BYTES, SLICES},
    engine::{
        arena, large, limit, moves, registry,
        segment::{Segment, Slice},
    },
    size_class::SizeClass,
    stats::Stats,
    sync::Ordering,
};

/// A snapshot; exact when other threads are quiet. The scavenger is not one that a program could make
/// quiet: what it moves meanwhile is waited for.
pub(crate) fn stats() -> Stats {
    moves::count(count)
}

fn count() -> Stats {
    let mut stats = Stats::default();
    for class in SizeClass::all() {
        if let Some(of) = stats.classes.get_mut(class.index()) {
            of.block_bytes = class.block_bytes();
        }
    }
    count_segments(&mut stats);
    count_heaps(&mut stats);
    for of in &stats.classes {
        stats.allocated_bytes += of.allocated_blocks * of.block_bytes;
        stats.magazine_bytes += of.magazine_blocks * of.block_bytes;
        stats.partial_bytes += of.partial_blocks * of.block_bytes;
    }
    (stats.large_mappings, stats.large_bytes, stats.large_cached_bytes) = large::counts();
    let large_bytes = stats.large_bytes + stats.large_cached_bytes;
    stats.allocated_bytes += stats.large_bytes;
    stats.committed_bytes = limit::committed_bytes();
    stats.reserved_bytes += large_bytes;
    stats
}

fn count_segments(stats: &mut Stats) {
    for arena in arena::all() {
        stats.reserved_bytes += arena.bytes();
        for segment in arena.segments() {
            stats.segments += 1;
            for at in 1..SLICES {
                count_slice(stats, segment, at);
            }
        }
    }
    debug_assert!(stats.segments * SEGMENT_BYTES <= stats.reserved_bytes);
}

fn count_slice(stats: &mut Stats, segment: &Segment, at: usize) {
    match segment.slice(at) {
        Slice::Slab(first) if first == at => {
            let Some(slab) = segment.slab(at) else { return };
            let (shape, census) = (slab.shape(), slab.census());
            if let Some(of) = stats.classes.get_mut(usize::from(shape.class)) {
                of.slabs += 1;
                // Magazines and open batches are taken off later.
                of.allocated_blocks += census.out;
                of.partial_blocks += census.free;
            }
        }
        // A run counts slice by slice.
        Slice::Run(_) => stats.allocated_bytes += SLICE_BYTES,
        _ => {}
    }
}

fn count_heaps(stats: &mut Stats) {
    for heap in registry::all() {
        stats.heaps += 1;
        let counters = &heap.counters;
        stats.remote_batches += counters.remote_batches.load(Ordering::Relaxed);
        stats.remote_blocks += counters.remote_blocks.load(Ordering::Relaxed);
        let run_bytes = counters.run_bytes.load(Ordering::Relaxed);
        stats.magazine_bytes += run_bytes;
        stats.allocated_bytes = stats.allocated_bytes.saturating_sub(run_bytes);
        for (class, batched) in SizeClass::all().zip(&counters.batched) {
            let batched = usize::from(batched.load(Ordering::Relaxed));
            let magazine = heap.magazines.len(class);
            if let Some(of) = stats.classes.get_mut(class.index()) {
                of.magazine_blocks += magazine;
                of.allocated_blocks = of.allocated_blocks.saturating_sub(magazine + batched);
            }
            stats.batch_bytes += batched * class.block_bytes();
        }
    }
}
