//! The ratios: what is ours, what is compared with it, and what it may be at most.

use std::alloc::System;
use subjects::{
    allocators, hand_over, others, ours, seeds,
    work::{Work, alone, apart, together},
};

type Make = fn() -> Work;

/// One comparison.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// What the median ratio may be at most.
    pub(crate) limit: Option<f64>,
    pub(crate) ours: Make,
    pub(crate) other: Make,
}

fn limit(name: &'static str, at_most: f64, ours: Make, other: Make) -> Row {
    Row { name, limit: Some(at_most), ours, other }
}

fn plain(name: &'static str, ours: Make, other: Make) -> Row {
    Row { name, limit: None, ours, other }
}

pub(crate) fn all() -> Vec<Row> {
    let mut rows = in_one_thread();
    rows.extend(beside_mimalloc());
    rows.extend(in_two_threads());
    rows
}

fn in_one_thread() -> Vec<Row> {
    let buffers: Make = || alone(ours::buffers());
    let structs: Make = || alone(ours::structs());
    let bounded: Make = || alone(ours::bounded_structs());
    let lpooled: Make = || alone(seeds::lpooled_buffers());
    let global: Make = || alone(seeds::global_buffers());
    let fixed = [|| alone(ours::fixed_structs(0)), || alone(ours::fixed_structs(255))];
    let lock_pool = [
        || alone(seeds::lock_pool_structs::<256>(0)),
        || alone(seeds::lock_pool_structs::<256>(255)),
    ];
    vec![
        limit("single/Pool : poolshark LPooled", 0.45, buffers, lpooled),
        limit("single/Pool : poolshark global", 0.22, buffers, global),
        limit(
            "single/Pool capacity : poolshark global",
            0.9,
            || alone(ours::bounded_buffers()),
            global,
        ),
        limit(
            "single/local::Pool : poolshark LPooled",
            0.35,
            || alone(ours::local_buffers()),
            lpooled,
        ),
        limit(
            "single/recycled : poolshark LPooled",
            0.35,
            || alone(ours::recycled_buffers()),
            lpooled,
        ),
        plain(
            "single/local::Pool : nexus local",
            || alone(ours::local_buffers()),
            || alone(seeds::nexus_local_buffers()),
        ),
        plain("single/Pool : nexus sync", buffers, || alone(seeds::nexus_sync_buffers())),
        plain("single/Pool : syncpool", structs, || alone(seeds::syncpool_structs())),
        plain("single/Pool : object-pool", structs, || alone(others::object_pool())),
        plain(
            "single/Pool : lockfree-object-pool",
            structs,
            || alone(others::linear_object_pool()),
        ),
        plain("single/Pool : opool", structs, || alone(others::opool())),
        plain("single/Pool : sharded-slab", structs, || alone(others::sharded_slab())),
        plain("single/Pool capacity : ArrayQueue", bounded, || alone(others::array_queue())),
        plain("single/Pool : Vec under System", buffers, || alone(allocators::vecs(&System))),
        plain("single/Pool : Box under System", structs, || alone(others::boxes())),
        limit("single/fixed : lock_pool, free", 0.9, fixed[0], lock_pool[0]),
        limit("single/fixed : lock_pool, 255 held", 0.05, fixed[1], lock_pool[1]),
        limit("single/fixed 255 held : free", 1.15, fixed[1], fixed[0]),
        limit(
            "single/async get : try_get",
            1.3,
            || alone(ours::async_get(None)),
            || alone(ours::structs_tried()),
        ),
        limit(
            "single/async get : try_get, capacity",
            1.3,
            || alone(ours::async_get(Some(64))),
            bounded,
        ),
    ]
}

#[cfg(feature = "mimalloc")]
fn beside_mimalloc() -> Vec<Row> {
    use mimalloc::MiMalloc;
    let boxes: Make = || alone(allocators::structs(&MiMalloc));
    vec![
        limit("single/exhausted of 1 : MiMalloc 64 B", 1.2, || alone(ours::exhausted(1)), boxes),
        limit(
            "single/exhausted of 4096 : MiMalloc 64 B",
            1.2,
            || alone(ours::exhausted(4096)),
            boxes,
        ),
        limit("single/PoolBox : MiMalloc Box", 0.4, || alone(ours::boxed_structs()), boxes),
        plain(
            "single/PoolBox, no content : MiMalloc block",
            || alone(ours::boxed_blocks()),
            || alone(allocators::blocks(&MiMalloc)),
        ),
        plain("single/Pool : MiMalloc Box", || alone(ours::structs()), boxes),
    ]
}

#[cfg(not(feature = "mimalloc"))]
fn beside_mimalloc() -> Vec<Row> {
    let boxes: Make = || alone(others::boxes());
    vec![
        plain(
            "single/exhausted of 4096 : Box under System",
            || alone(ours::exhausted(4096)),
            boxes,
        ),
        plain("single/PoolBox : Box under System", || alone(ours::boxed_structs()), boxes),
    ]
}

fn in_two_threads() -> Vec<Row> {
    let one_pool: Make = || together(ours::buffers());
    vec![
        limit("threads/one Pool : two private", 1.1, one_pool, || apart(ours::buffers_apart())),
        limit(
            "threads/one Pool capacity : ArrayQueue",
            1.0,
            || together(ours::bounded_structs()),
            || together(others::array_queue()),
        ),
        plain(
            "threads/one Pool : poolshark global",
            one_pool,
            || together(seeds::global_buffers()),
        ),
        limit(
            "hand over/Pool : poolshark global",
            0.6,
            hand_over::pool,
            hand_over::poolshark_global,
        ),
        plain("hand over/Pool : Vec under System", hand_over::pool, hand_over::std_vec),
    ]
}
