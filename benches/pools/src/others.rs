//! What else a program could use.

use crate::objects::{Small, lasting, touch};
use crossbeam_queue::ArrayQueue;
use lockfree_object_pool::{LinearObjectPool, MutexObjectPool};
use std::{
    cell::RefCell,
    hint::black_box,
    sync::{Arc, Mutex},
};

/// A `Vec` of boxes in each thread, by hand.
#[allow(clippy::vec_box, reason = "an object stays where it is")]
pub fn thread_local_boxes() -> impl Fn(u64) + Sync {
    thread_local!(static IDLE: RefCell<Vec<Box<Small>>> = const { RefCell::new(Vec::new()) });
    |n| {
        let mut object = IDLE.with(|idle| idle.borrow_mut().pop()).unwrap_or_default();
        touch(&mut object, n);
        IDLE.with(|idle| idle.borrow_mut().push(object));
    }
}

/// A `Vec` of boxes behind a lock, by hand.
pub fn locked_boxes() -> impl Fn(u64) + Sync {
    let idle = Mutex::new(vec![Box::new(Small::default()); 64]);
    move |n| {
        let mut object = idle.lock().unwrap().pop().unwrap();
        touch(&mut object, n);
        idle.lock().unwrap().push(object);
    }
}

/// crossbeam's `ArrayQueue` of boxes.
pub fn array_queue() -> impl Fn(u64) + Sync {
    let queue = ArrayQueue::<Box<Small>>::new(64);
    (0..64).for_each(|_| drop(queue.push(Box::default())));
    move |n| {
        let mut object = queue.pop().unwrap_or_default();
        touch(&mut object, n);
        drop(queue.push(object));
    }
}

/// object-pool, of boxes.
pub fn object_pool() -> impl Fn(u64) + Sync {
    let pool = object_pool::Pool::<Box<Small>>::new(64, Box::default);
    move |n| touch(&mut pool.pull(Box::default), n)
}

/// lockfree-object-pool's linear pool, of boxes.
pub fn linear_object_pool() -> impl Fn(u64) + Sync {
    let pool = LinearObjectPool::<Box<Small>>::new(Box::default, |_| {});
    move |n| touch(&mut pool.pull(), n)
}

/// lockfree-object-pool's pool with a lock, of boxes.
pub fn mutex_object_pool() -> impl Fn(u64) + Sync {
    let pool = MutexObjectPool::<Box<Small>>::new(Box::default, |_| {});
    move |n| touch(&mut pool.pull(), n)
}

struct Make;

impl opool::PoolAllocator<Box<Small>> for Make {
    fn allocate(&self) -> Box<Small> {
        Box::default()
    }
}

/// opool, of boxes.
pub fn opool() -> impl Fn(u64) + Sync {
    let pool = lasting(opool::Pool::new_prefilled(64, Make));
    move |n| touch(&mut pool.get(), n)
}

#[derive(Default)]
struct Cleared(Small);

impl sharded_slab::Clear for Cleared {
    fn clear(&mut self) {}
}

/// sharded-slab, of structs.
pub fn sharded_slab() -> impl Fn(u64) + Sync {
    let pool = sharded_slab::Pool::<Cleared>::new();
    move |n| {
        let mut object = pool.create().unwrap();
        touch(&mut object.0, n);
        let key = object.key();
        drop(object);
        pool.clear(key);
    }
}

/// `Box`, under System.
pub fn boxes() -> impl Fn(u64) + Sync {
    |n| {
        let mut object = Box::new(Small::default());
        touch(&mut object, n);
    }
}

/// std's `Arc` of an empty buffer.
pub fn arcs() -> impl Fn(u64) + Sync {
    |_| _ = black_box(Arc::new(Vec::<u8>::new()))
}
