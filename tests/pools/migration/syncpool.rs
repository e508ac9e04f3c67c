//! What is written instead of the items of syncpool.

use super::From;
use poolalloc::{Builder, PoolBox};
use poolalloc::{Pool, Pooled};
use std::mem::MaybeUninit;

pub(super) const FROM: From = From {
    heading: "syncpool 0.1.6",
    items: &[
        "PoolManager::allow_expansion",
        "PoolManager::expand",
        "PoolManager::refill",
        "PoolManager::reset_handle",
        "PoolState::capacity",
        "PoolState::expansion_enabled",
        "PoolState::is_empty",
        "PoolState::len",
        "PoolState::miss_count",
        "SyncPool",
        "SyncPool::default",
        "SyncPool::get",
        "SyncPool::new",
        "SyncPool::put",
        "SyncPool::with_builder",
        "SyncPool::with_builder_and_size",
        "SyncPool::with_packer",
        "SyncPool::with_packer_and_size",
        "SyncPool::with_size",
        "default_box",
        "make_box",
        "prelude",
        "raw_box",
        "raw_box_zeroed",
    ],
    program: include_str!("syncpool.rs"),
};

/// What is pooled.
type T = [u64; 4];

fn fill(place: &mut MaybeUninit<T>) -> &mut T {
    place.write([7; 4])
}

#[test]
fn pools_that_are_made_otherwise_hold_what_they_held() {
    let (n, make, reset) = (8, || [1; 4], |object: &mut T| object.fill(0));
    let pool = Pool::builder(T::default).max_idle(64).prefill(64).build();
    assert_eq!(pool.stats().idle, 64);
    let pool = Pool::builder(T::default).max_idle(n).prefill(n).build();
    assert_eq!(pool.stats().idle, n);
    assert_eq!(*Pool::builder(make).reset(reset).build().get(), [1; 4]);
    assert_eq!(*Builder::init_in_place(fill).build().get(), [7; 4]);
}

#[test]
fn a_pool_is_used_by_many_threads_without_a_mut() {
    let n = 3;
    let pool: Pool<T> = Pool::builder(T::default).max_idle(64).capacity(2).build();
    let other = pool.clone();
    std::thread::spawn(move || drop(other.get())).join().unwrap();
    let object: Pooled<T> = pool.get();
    // `Box` was what came from there; what is put may come back as an `Err`.
    drop(object);
    let value: T = Pooled::detach(pool.get());
    assert!(pool.stats().idle == 0);
    assert_eq!(pool.put(value), Ok(()));
    assert_eq!((pool.stats().idle, pool.stats().created), (1, 1));
    assert!(pool.set_capacity(n));
    assert_eq!(pool.prefill(n), 2);
}

#[test]
fn a_box_is_made_in_its_place_by_default_or_uninitialised() {
    assert_eq!(*PoolBox::new_in_place(fill), [7; 4]);
    assert_eq!(*PoolBox::<T>::default(), [0; 4]);
    let mut raw = PoolBox::new(MaybeUninit::<T>::uninit());
    raw.write([1; 4]);
    let zeroed = PoolBox::new(MaybeUninit::<T>::zeroed());
    // SAFETY: all zero is a `T`.
    assert_eq!(unsafe { zeroed.assume_init() }, [0; 4]);
}
