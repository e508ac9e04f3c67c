//! A pool where making an object may fail.

use poolalloc::{GetError, TryPool};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

#[test]
fn a_factory_that_fails() {
    let fails = Arc::new(AtomicUsize::new(1));
    let left = fails.clone();
    let pool = TryPool::builder(move || {
        let failed = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1));
        failed.map_or(Ok(7), |_| Err("no connection"))
    })
    .capacity(1)
    .try_build()
    .unwrap();
    assert_eq!(pool.try_get().unwrap_err(), GetError::Create("no connection"));
    let object = pool.try_get().expect("a permit is lost");
    assert_eq!(*object, 7);
    assert_eq!(pool.try_get().unwrap_err(), GetError::Empty);
    assert_eq!(pool.get_timeout(Duration::ZERO).unwrap_err(), GetError::Timeout);
    fails.store(1, Ordering::Relaxed);
    assert_eq!(pool.get().unwrap_err(), "no connection");
    assert_eq!(*pool.get().unwrap(), 7, "beyond the capacity");
}
