//! The four crates that these pools replace: syncpool, poolshark, nexus-pool, lock_pool.

use crate::objects::{Small, buffer, lasting, push, touch};
use lock_pool::{LockPool, maybe_await};
use poolshark::{
    global::{self, arc},
    local::LPooled,
};
use std::{
    hint::black_box,
    pin::pin,
    sync::Mutex,
    task::{Context, Poll, Waker},
};
use syncpool::prelude::*;

/// syncpool by one thread, of boxed structs.
pub fn syncpool_structs() -> impl FnMut(u64) {
    let mut pool: SyncPool<Small> = SyncPool::with_size(64);
    move |n| {
        let mut object = pool.get();
        touch(&mut object, n);
        drop(pool.put(object));
    }
}

/// syncpool behind a lock.
pub fn syncpool_locked() -> impl Fn(u64) + Sync {
    let pool: Mutex<SyncPool<Small>> = Mutex::new(SyncPool::with_size(64));
    move |n| {
        let mut object = pool.lock().unwrap().get();
        touch(&mut object, n);
        let rejected = pool.lock().unwrap().put(object);
        drop(rejected);
    }
}

/// A get of syncpool that finds none, and makes one.
pub fn syncpool_empty() -> impl FnMut(u64) {
    let mut pool: SyncPool<Small> = SyncPool::with_size(64);
    let held: Vec<_> = (0..64).map(|_| pool.get()).collect();
    move |n| {
        let _held = &held;
        touch(&mut pool.get(), n);
    }
}

/// A box that syncpool does not keep: it is full.
pub fn syncpool_full() -> impl FnMut(u64) {
    let mut pool: SyncPool<Small> = SyncPool::with_size(64);
    move |_| _ = black_box(pool.put(Box::default()))
}

/// poolshark's local buffers.
pub fn lpooled_buffers() -> impl Fn(u64) + Sync {
    |n| {
        let mut buffer: LPooled<Vec<u8>> = LPooled::take();
        // Once in each thread.
        if buffer.capacity() == 0 {
            buffer.reserve(1024);
        }
        push(&mut buffer, n);
    }
}

/// With so many buffers in it.
pub(crate) fn pool_of_global_buffers(idle: usize) -> global::Pool<Vec<u8>> {
    let pool = global::Pool::<Vec<u8>>::new(1024, 1 << 16);
    let mut some: Vec<_> = (0..idle).map(|_| pool.take()).collect();
    some.iter_mut().for_each(|buffer| buffer.reserve(1024));
    pool
}

/// A global pool of poolshark, of buffers.
pub fn global_buffers() -> impl Fn(u64) + Sync {
    let pool = pool_of_global_buffers(1);
    move |n| push(&mut pool.take(), n)
}

/// The same, found by its type.
pub fn global_buffers_by_type() -> impl Fn(u64) {
    global::take::<Vec<u8>>().reserve(1024);
    |n| push(&mut global::take::<Vec<u8>>(), n)
}

/// The same, found by its type in the generic set.
pub fn global_buffers_by_any_type() -> impl Fn(u64) {
    global::take_any::<Vec<u8>>(1024, 1024).reserve(1024);
    |n| push(&mut global::take_any::<Vec<u8>>(1024, 1024), n)
}

/// poolshark's pooled `Arc` of an empty buffer.
pub fn global_arcs() -> impl Fn(u64) {
    let pool: global::RawPool<arc::Arc<Vec<u8>>> = global::RawPool::new(1024, 1);
    move |_| _ = black_box(arc::Arc::new(&pool, Vec::new()))
}

/// nexus-pool's bounded local pool, of buffers.
pub fn nexus_bounded_buffers() -> impl Fn(u64) {
    let pool = nexus_pool::local::BoundedPool::new(64, buffer, Vec::clear);
    move |n| push(&mut pool.try_acquire().unwrap(), n)
}

/// The same, of structs, which it moves.
pub fn nexus_bounded_structs() -> impl Fn(u64) {
    let pool = nexus_pool::local::BoundedPool::new(64, Small::default, |_: &mut Small| {});
    move |n| touch(&mut pool.try_acquire().unwrap(), n)
}

/// nexus-pool's growable local pool, of buffers.
pub fn nexus_local_buffers() -> impl Fn(u64) {
    let pool = nexus_pool::local::Pool::with_capacity(64, buffer, Vec::clear);
    move |n| push(&mut pool.acquire(), n)
}

/// The same without a guard.
pub fn nexus_taken_buffers() -> impl Fn(u64) {
    let pool = nexus_pool::local::Pool::with_capacity(64, buffer, Vec::clear);
    move |n| {
        let mut buffer = pool.take();
        push(&mut buffer, n);
        pool.put(buffer);
    }
}

/// nexus-pool's pool of one thread that gets and many that release, of buffers.
pub fn nexus_sync_buffers() -> impl Fn(u64) {
    let pool = nexus_pool::sync::Pool::new(64, buffer, Vec::clear);
    move |n| push(&mut pool.try_acquire().unwrap(), n)
}

/// The same, of structs.
pub fn nexus_sync_structs() -> impl Fn(u64) {
    let pool = nexus_pool::sync::Pool::new(64, Small::default, |_: &mut Small| {});
    move |n| touch(&mut pool.try_acquire().unwrap(), n)
}

/// lock_pool of `N` structs, of which so many are in use meanwhile.
pub fn lock_pool_structs<const N: usize>(held: usize) -> impl Fn(u64) + Sync {
    let pool = lasting(LockPool::<Small, N, 8>::from_fn(|_| Small::default()));
    // Not to be dropped; and a guard may not be shared.
    (0..held).for_each(|_| std::mem::forget(pool.try_get().unwrap()));
    move |n| touch(&mut pool.try_get().unwrap(), n)
}

/// lock_pool's asynchronous get of a free struct.
pub fn lock_pool_async() -> impl Fn(u64) + Sync {
    let pool = lasting(LockPool::<Small, 16, 8>::from_fn(|_| Small::default()));
    move |n| {
        let get = pin!(async { maybe_await!(pool.get()) });
        let ready = get.poll(&mut Context::from_waker(Waker::noop()));
        let Poll::Ready(mut object) = ready else { panic!("an object is free") };
        touch(&mut object, n);
    }
}
