//! What is kept: `max_idle`, `max_idle_bytes`, `keep_if`.

use poolalloc::{Builder, Pool, local};
use std::thread;

#[test]
fn a_thread_alone_keeps_exactly_max_idle() {
    for capacity in [None, Some(1000)] {
        for max in [1, 3, 16, 100] {
            let builder = Pool::builder(|| 0).max_idle(max);
            let pool = capacity.map_or_else(|| builder_of(max), |n| builder.capacity(n)).build();
            for _ in 0..3 {
                let many: Vec<_> = (0..300).map(|_| pool.get()).collect();
                drop(many);
                assert_eq!(pool.stats().idle, max, "capacity {capacity:?}");
            }
        }
    }
}

fn builder_of(max: usize) -> Builder<i32> {
    Pool::builder(|| 0).max_idle(max)
}

#[test]
fn threads_overshoot_max_idle_by_less_than_a_batch_each() {
    const MAX: usize = 64;
    const THREADS: usize = 8;
    let pool = Pool::builder(|| 0).max_idle(MAX).build();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..100 {
                    let many: Vec<_> = (0..100).map(|_| pool.get()).collect();
                    drop(many);
                }
            });
        }
    });
    let idle = pool.stats().idle;
    // A batch is a sixteenth.
    assert!(idle <= MAX + THREADS * MAX / 16, "{idle} are idle");
}

#[test]
fn what_others_return_counts_before_its_owner_looks() {
    let pool = Pool::builder(|| 0).max_idle(16).build();
    let many: Vec<_> = (0..100).map(|_| pool.get()).collect();
    thread::spawn(move || drop(many)).join().unwrap();
    assert_eq!(pool.stats().idle, 16);
}

#[test]
fn max_idle_bytes_counts_what_buffers_hold() {
    let bytes = 10 * (1024 + size_of::<Vec<u8>>());
    let new = || Builder::<Vec<u8>>::recycle().max_idle_bytes(bytes);
    let (one_store, shards) = (new().capacity(100).build(), new().build());
    for pool in [one_store, shards] {
        let many: Vec<_> = (0..20)
            .map(|_| {
                let mut buffer = pool.get();
                buffer.reserve_exact(1024);
                buffer
            })
            .collect();
        drop(many);
        assert_eq!(pool.stats().idle, 10);
        let mut large = pool.get();
        large.reserve_exact(1 << 20);
        drop(large);
        assert_eq!(pool.stats().idle, 9, "one buffer is larger than all that may be kept");
    }
}

#[test]
fn a_local_pool_keeps_its_limits() {
    let pool = local::Pool::builder(|| 0).max_idle(2).build();
    let many: Vec<_> = (0..10).map(|_| pool.get()).collect();
    drop(many);
    assert_eq!(pool.stats().idle, 2);
    let pool = local::Pool::builder(|| 0).capacity(2).prefill(9).build();
    assert_eq!(pool.stats().idle, 2);
    let (one, two, beyond) = (pool.get(), pool.try_get().unwrap(), pool.get());
    assert!(pool.try_get().is_err());
    drop((one, two, beyond));
    assert_eq!((pool.stats().idle, pool.stats().live), (2, 2));
    assert!(pool.set_capacity(1));
    assert_eq!(pool.stats().live, 1);
    pool.close();
    drop(pool.get());
    assert_eq!(pool.stats().live, 0);
}

#[test]
fn a_local_pool_of_a_million_idle_objects_is_dropped_without_deep_recursion() {
    let count = if cfg!(miri) { 1000 } else { 1_000_000 };
    let pool = local::Pool::new(|| 0_u8);
    assert_eq!(pool.prefill(count), count);
    drop(pool);
}
