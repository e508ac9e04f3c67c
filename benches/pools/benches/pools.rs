//! Pools side by side, each on its own: get and release in one thread, in two on one pool, from one
//! to the other.
//!
//! `cargo bench -p pools --features mimalloc`; with `-- --test` every row runs once. What one is to
//! another is told by the ratios of `cargo run --release -p pools`, whose rounds take turns.

use criterion::Criterion;
use poolalloc::PoolAlloc;
use std::alloc::System;
use subjects::{
    allocators, hand_over, others, ours, seeds,
    work::{Work, alone, together},
};

type Subject = (&'static str, fn() -> Work);

static POOL_ALLOC: PoolAlloc = PoolAlloc::new();

const ALONE: &[Subject] = &[
    ("Pool, Vec", || alone(ours::buffers())),
    ("Pool, struct", || alone(ours::structs())),
    ("Pool with capacity, Vec", || alone(ours::bounded_buffers())),
    ("Pool with capacity, struct", || alone(ours::bounded_structs())),
    ("Pool with capacity, exhausted", || alone(ours::exhausted(64))),
    ("Pool::get_async, struct", || alone(ours::async_get(None))),
    ("Pool with capacity, get_async, struct", || alone(ours::async_get(Some(64)))),
    ("local::Pool, Vec", || alone(ours::local_buffers())),
    ("recycled, Vec", || alone(ours::recycled_buffers())),
    ("fixed::Pool of 256, struct", || alone(ours::fixed_structs(0))),
    ("fixed::Pool of 256, 255 held", || alone(ours::fixed_structs(255))),
    ("PoolBox, struct", || alone(ours::boxed_structs())),
    ("PooledArc, empty Vec", || alone(ours::shared_buffers())),
    ("syncpool, struct", || alone(seeds::syncpool_structs())),
    ("syncpool in a Mutex, struct", || alone(seeds::syncpool_locked())),
    ("syncpool, empty", || alone(seeds::syncpool_empty())),
    ("syncpool, full", || alone(seeds::syncpool_full())),
    ("poolshark LPooled, Vec", || alone(seeds::lpooled_buffers())),
    ("poolshark global, Vec", || alone(seeds::global_buffers())),
    ("poolshark global by type, Vec", || alone(seeds::global_buffers_by_type())),
    ("poolshark global by any type, Vec", || alone(seeds::global_buffers_by_any_type())),
    ("poolshark Arc, empty Vec", || alone(seeds::global_arcs())),
    ("nexus local bounded, Vec", || alone(seeds::nexus_bounded_buffers())),
    ("nexus local bounded, struct", || alone(seeds::nexus_bounded_structs())),
    ("nexus local, Vec", || alone(seeds::nexus_local_buffers())),
    ("nexus local, Vec, no guard", || alone(seeds::nexus_taken_buffers())),
    ("nexus sync, Vec", || alone(seeds::nexus_sync_buffers())),
    ("nexus sync, struct", || alone(seeds::nexus_sync_structs())),
    ("lock_pool of 16, struct", || alone(seeds::lock_pool_structs::<16>(0))),
    ("lock_pool of 16, 15 held", || alone(seeds::lock_pool_structs::<16>(15))),
    ("lock_pool of 256, 255 held", || alone(seeds::lock_pool_structs::<256>(255))),
    ("lock_pool of 16, async, struct", || alone(seeds::lock_pool_async())),
    ("ArrayQueue, boxed struct", || alone(others::array_queue())),
    ("object-pool, boxed struct", || alone(others::object_pool())),
    ("lockfree-object-pool linear, boxed struct", || alone(others::linear_object_pool())),
    ("lockfree-object-pool mutex, boxed struct", || alone(others::mutex_object_pool())),
    ("opool, boxed struct", || alone(others::opool())),
    ("sharded-slab, struct", || alone(others::sharded_slab())),
    ("thread_local Vec, boxed struct", || alone(others::thread_local_boxes())),
    ("Mutex of a Vec, boxed struct", || alone(others::locked_boxes())),
    ("std Arc, empty Vec", || alone(others::arcs())),
    ("Box under System, struct", || alone(others::boxes())),
    ("block of System, struct", || alone(allocators::structs(&System))),
    ("block of PoolAlloc, struct", || alone(allocators::structs(&POOL_ALLOC))),
    #[cfg(feature = "mimalloc")]
    ("block of MiMalloc, struct", || alone(allocators::structs(&mimalloc::MiMalloc))),
    ("Vec under System", || alone(allocators::vecs(&System))),
    ("Vec under PoolAlloc", || alone(allocators::vecs(&POOL_ALLOC))),
    #[cfg(feature = "mimalloc")]
    ("Vec under MiMalloc", || alone(allocators::vecs(&mimalloc::MiMalloc))),
];

const TOGETHER: &[Subject] = &[
    ("Pool, Vec", || together(ours::buffers())),
    ("Pool, struct", || together(ours::structs())),
    ("Pool with capacity, struct", || together(ours::bounded_structs())),
    ("recycled, Vec", || together(ours::recycled_buffers())),
    ("fixed::Pool of 256, struct", || together(ours::fixed_structs(0))),
    ("PoolBox, struct", || together(ours::boxed_structs())),
    ("syncpool in a Mutex, struct", || together(seeds::syncpool_locked())),
    ("poolshark LPooled, Vec", || together(seeds::lpooled_buffers())),
    ("poolshark global, Vec", || together(seeds::global_buffers())),
    ("lock_pool of 16, struct", || together(seeds::lock_pool_structs::<16>(0))),
    ("ArrayQueue, boxed struct", || together(others::array_queue())),
    ("object-pool, boxed struct", || together(others::object_pool())),
    ("lockfree-object-pool linear, boxed struct", || together(others::linear_object_pool())),
    ("opool, boxed struct", || together(others::opool())),
    ("sharded-slab, struct", || together(others::sharded_slab())),
    ("Mutex of a Vec, boxed struct", || together(others::locked_boxes())),
    ("Box under System, struct", || together(others::boxes())),
    ("block of System, struct", || together(allocators::structs(&System))),
    ("block of PoolAlloc, struct", || together(allocators::structs(&POOL_ALLOC))),
    #[cfg(feature = "mimalloc")]
    ("block of MiMalloc, struct", || together(allocators::structs(&mimalloc::MiMalloc))),
    ("Vec under System", || together(allocators::vecs(&System))),
    ("Vec under PoolAlloc", || together(allocators::vecs(&POOL_ALLOC))),
    #[cfg(feature = "mimalloc")]
    ("Vec under MiMalloc", || together(allocators::vecs(&mimalloc::MiMalloc))),
];

const HAND_OVER: &[Subject] = &[
    ("no pool: the ring", hand_over::ring),
    ("Pool, Vec", hand_over::pool),
    ("Pool with capacity, Vec", hand_over::bounded_pool),
    ("recycled, Vec", hand_over::recycled_buffers),
    ("fixed::Pool, struct", hand_over::fixed_pool),
    ("PoolBox, struct", hand_over::pool_box),
    ("syncpool in a Mutex, struct", hand_over::syncpool),
    ("poolshark global, Vec", hand_over::poolshark_global),
    ("poolshark LPooled, Vec", hand_over::lpooled),
    ("nexus sync, Vec", hand_over::nexus_sync),
    ("lock_pool, struct", hand_over::lock_pool),
    ("ArrayQueue, boxed struct", hand_over::array_queue),
    ("object-pool, boxed struct", hand_over::object_pool),
    ("lockfree-object-pool linear, boxed struct", hand_over::linear_object_pool),
    ("Box under System, struct", hand_over::std_box),
    ("Vec under System", hand_over::std_vec),
];

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    for (group, subjects) in [("alone", ALONE), ("together", TOGETHER), ("hand over", HAND_OVER)] {
        let mut group = criterion.benchmark_group(group);
        for (name, make) in subjects {
            // Made once, and only if it is asked for.
            let mut work = None;
            group.bench_function(*name, |bencher| {
                bencher.iter_custom(work.get_or_insert_with(make));
            });
        }
        group.finish();
    }
    criterion.final_summary();
}
