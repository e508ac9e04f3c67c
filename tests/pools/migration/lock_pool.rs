//! What is written instead of the items of lock_pool.

use super::From;
use poolalloc::fixed;
use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

pub(super) const FROM: From = From {
    heading: "lock_pool 0.2.0",
    items: &[
        "LockGuard",
        "LockGuard::new",
        "LockPool",
        "LockPool::default",
        "LockPool::from",
        "LockPool::from_fn",
        "LockPool::get",
        "LockPool::into_iter",
        "LockPool::iter",
        "LockPool::new",
        "LockPool::try_get",
        "LockPoolIter",
        "fast_mutex",
        "fast_mutex::FastMutex",
        "fast_mutex::FastMutex::default",
        "fast_mutex::FastMutex::display_state",
        "fast_mutex::FastMutex::from",
        "fast_mutex::FastMutex::lock",
        "fast_mutex::FastMutex::new",
        "fast_mutex::FastMutex::peek",
        "fast_mutex::FastMutex::quick_try_lock",
        "fast_mutex::FastMutex::try_while_locked",
        "fast_mutex::FastMutex::unlock",
        "fast_mutex::FastMutexGuard",
        "fast_mutex::FastMutexGuard::new",
        "fast_mutex::LOCKED",
        "fast_mutex::UNLOCKED",
        "future",
        "future::LockFuture",
        "future::LockFuture::new",
        "maybe_await",
    ],
    program: include_str!("lock_pool.rs"),
};

/// What is pooled.
type T = u32;
const SIZE: usize = 3;

#[test]
fn a_fixed_pool_is_made_from_what_there_is() {
    let objects = [1, 2, 3];
    static POOL: fixed::Pool<T, SIZE> = fixed::Pool::new([4; SIZE]);
    assert_eq!(POOL.idle(), SIZE);
    assert_eq!(*fixed::Pool::<T, SIZE>::default().try_get().unwrap(), 0);
    assert_eq!(fixed::Pool::new(objects).idle(), SIZE);
    let make = |index: usize| T::try_from(index).unwrap();
    assert_eq!(*fixed::Pool::<T, SIZE>::from_fn(make).try_get().unwrap(), 0);
    let mut pool = fixed::Pool::from(objects);
    let keep = |object: &mut T| *object > 1;
    pool.retain(keep);
    assert_eq!(pool.iter_mut().map(|object| *object).sum::<T>(), 5);
}

#[test]
fn who_finds_none_waits_for_one() {
    let pool = fixed::Pool::<T, 1>::default();
    let held: fixed::Pooled<'_, T> = pool.try_get().unwrap();
    let mut task = pin!(async { pool.get_async().await.is_ok() });
    let mut context = Context::from_waker(Waker::noop());
    assert_eq!(task.as_mut().poll(&mut context), Poll::Pending);
    drop(held);
    assert_eq!(task.poll(&mut context), Poll::Ready(true));
}

#[test]
fn a_pool_of_one_is_a_lock() {
    let (value, work) = (5, |object: &mut T| std::mem::replace(object, 6));
    // `const`, as the pool of a `static` is; a `Pool` that makes its objects is `lazy`.
    let one: fixed::Pool<T, 1> = fixed::Pool::new([value]);
    let locked = one.try_get();
    assert!(locked.is_ok() && one.idle() != 1);
    drop(locked);
    assert!(one.idle() == 1);
    assert_eq!(one.try_get().map(|mut object| work(&mut object)), Ok(5));
    assert_eq!(one.try_get().as_deref(), Ok(&6));
}
