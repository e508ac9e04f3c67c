//! What one thread gets and another releases.

use crate::{
    objects::{Small, buffer, lasting, push, touch},
    ours::pool_of_buffers,
    seeds::pool_of_global_buffers,
    work::{Work, handed_over},
};
use crossbeam_queue::ArrayQueue;
use lock_pool::LockPool;
use lockfree_object_pool::LinearObjectPool;
use poolalloc::{Pool, PoolBox, Pooled, fixed, recycled};
use poolshark::local::LPooled;
use std::{
    hint::black_box,
    ops::DerefMut,
    sync::{Arc, Mutex},
};
use syncpool::prelude::*;

/// More than the ring has room for.
const OBJECTS: usize = 512;

fn buffers<G>(get: impl Fn() -> Option<G> + 'static) -> Work
where
    G: DerefMut<Target = Vec<u8>> + Send + 'static,
{
    let pushed = move |n| {
        let mut buffer = get()?;
        push(&mut buffer, n);
        Some(buffer)
    };
    handed_over(pushed, drop)
}

fn structs<G>(get: impl Fn() -> Option<G> + 'static, release: impl Fn(G) + Sync + 'static) -> Work
where
    G: DerefMut<Target = Small> + Send + 'static,
{
    let touched = move |n| {
        let mut object = get()?;
        touch(&mut object, n);
        Some(object)
    };
    handed_over(touched, release)
}

/// The ring without a pool.
pub fn ring() -> Work {
    handed_over(Some, |n| _ = black_box(n))
}

/// `Pool` without a capacity.
pub fn pool() -> Work {
    let pool = pool_of_buffers();
    buffers(move || Some(pool.get()))
}

/// `Pool` with a capacity.
pub fn bounded_pool() -> Work {
    let pool = Pool::builder(buffer).reset(Vec::clear).capacity(OBJECTS).build();
    buffers(move || pool.try_get().ok())
}

/// `recycled`, whose objects stay with the thread that drops them.
pub fn recycled_buffers() -> Work {
    buffers(|| {
        let mut buffer: Pooled<Vec<u8>> = recycled();
        buffer.reserve(1024);
        Some(buffer)
    })
}

/// `fixed::Pool`.
pub fn fixed_pool() -> Work {
    let pool = lasting(fixed::Pool::<Small, OBJECTS>::from_fn(|_| Small::default()));
    structs(|| pool.try_get().ok(), drop)
}

/// `PoolBox`.
pub fn pool_box() -> Work {
    structs(|| Some(PoolBox::new(Small::default())), drop)
}

/// `Box`, under System.
pub fn std_box() -> Work {
    structs(|| Some(Box::<Small>::default()), drop)
}

/// `Vec`, under System.
pub fn std_vec() -> Work {
    let pushed = |n| {
        let mut buffer = buffer();
        push(&mut buffer, n);
        Some(buffer)
    };
    handed_over(pushed, drop)
}

/// A global pool of poolshark.
pub fn poolshark_global() -> Work {
    let pool = pool_of_global_buffers(OBJECTS);
    buffers(move || Some(pool.take()))
}

/// poolshark's local buffers, which stay with the thread that drops them.
pub fn lpooled() -> Work {
    buffers(|| {
        let mut buffer: LPooled<Vec<u8>> = LPooled::take();
        buffer.reserve(1024);
        Some(buffer)
    })
}

/// nexus-pool's pool of one thread that gets and many that release.
pub fn nexus_sync() -> Work {
    let pool = nexus_pool::sync::Pool::new(OBJECTS, buffer, Vec::clear);
    buffers(move || pool.try_acquire())
}

/// lock_pool.
pub fn lock_pool() -> Work {
    let pool = lasting(LockPool::<Small, OBJECTS, 8>::from_fn(|_| Small::default()));
    structs(move || pool.try_get(), drop)
}

/// syncpool behind a lock.
pub fn syncpool() -> Work {
    let pool: &Mutex<SyncPool<Small>> = lasting(Mutex::new(SyncPool::with_size(OBJECTS)));
    let put = |object| {
        let rejected = pool.lock().unwrap().put(object);
        drop(rejected);
    };
    structs(|| Some(pool.lock().unwrap().get()), put)
}

/// crossbeam's `ArrayQueue`.
pub fn array_queue() -> Work {
    let queue = lasting(ArrayQueue::<Box<Small>>::new(2 * OBJECTS));
    (0..OBJECTS).for_each(|_| drop(queue.push(Box::default())));
    structs(|| Some(queue.pop().unwrap_or_default()), |object| drop(queue.push(object)))
}

/// Boxes of structs.
fn boxes<G>(get: impl Fn() -> G + 'static) -> Work
where
    G: DerefMut<Target = Box<Small>> + Send + 'static,
{
    let touched = move |n| {
        let mut object = get();
        touch(&mut object, n);
        Some(object)
    };
    handed_over(touched, drop)
}

/// object-pool.
pub fn object_pool() -> Work {
    let pool = Arc::new(object_pool::Pool::<Box<Small>>::new(OBJECTS, Box::default));
    boxes(move || pool.pull_owned(Box::default))
}

/// lockfree-object-pool's linear pool.
pub fn linear_object_pool() -> Work {
    let pool = Arc::new(LinearObjectPool::<Box<Small>>::new(Box::default, |_| {}));
    boxes(move || pool.pull_owned())
}
