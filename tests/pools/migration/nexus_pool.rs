//! What is written instead of the items of nexus-pool.

use super::From;
use poolalloc::{Pool, Pooled, local};

pub(super) const FROM: From = From {
    heading: "nexus-pool 1.1.0",
    items: &[
        "local::BoundedPool",
        "local::BoundedPool::available",
        "local::BoundedPool::is_empty",
        "local::BoundedPool::new",
        "local::BoundedPool::try_acquire",
        "local::Pool",
        "local::Pool::acquire",
        "local::Pool::available",
        "local::Pool::new",
        "local::Pool::put",
        "local::Pool::take",
        "local::Pool::try_acquire",
        "local::Pool::try_take",
        "local::Pool::with_capacity",
        "local::Pooled",
        "sync::Pool",
        "sync::Pool::available",
        "sync::Pool::new",
        "sync::Pool::try_acquire",
        "sync::Pooled",
    ],
    program: include_str!("nexus_pool.rs"),
};

/// What is pooled.
type T = Vec<u8>;

#[test]
fn a_local_pool_is_bounded_or_grows() {
    let (n, make, reset) = (2, || T::with_capacity(8), T::clear);
    let pool: local::Pool<T> =
        local::Pool::builder(make).reset(reset).capacity(n).prefill(n).build();
    let held: [local::Pooled<T>; 2] = [pool.try_get().unwrap(), pool.try_get().unwrap()];
    assert!(pool.try_get().is_err() && pool.stats().idle == 0);
    drop(held);
    assert_eq!(pool.stats().idle, n);

    let pool = local::Pool::builder(make).reset(reset).build();
    assert!((pool.stats().idle > 0).then(|| pool.get()).is_none(), "nothing is made by looking");
    pool.get().push(1);
    assert!(pool.get().is_empty());
    assert!((pool.stats().idle > 0).then(|| pool.get()).is_some());
    let value = local::Pooled::detach(pool.get());
    assert_eq!(pool.put(value), Ok(()));
    let taken = (pool.stats().idle > 0).then(|| local::Pooled::detach(pool.get()));
    assert!(taken.is_some());
    let pool = local::Pool::builder(make).reset(reset).prefill(n).build();
    assert_eq!(pool.stats().idle, n);
}

#[test]
fn any_thread_may_get_from_a_shared_pool() {
    let (n, make, reset) = (1, || T::with_capacity(8), T::clear);
    let shared: Pool<T> = Pool::builder(make).reset(reset).capacity(n).prefill(n).build();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let object: Result<Pooled<T>, _> = shared.try_get();
                drop(object);
            });
        }
    });
    assert_eq!(shared.stats().idle, n);
}
