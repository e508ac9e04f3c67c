//! The pools of this crate.

use crate::objects::{Small, buffer, lasting, push, touch};
use poolalloc::{Pool, PoolBox, Pooled, PooledArc, fixed, local, recycled};
use std::{
    hint::black_box,
    mem::MaybeUninit,
    pin::pin,
    task::{Context, Poll, Waker},
};

pub(crate) fn pool_of_buffers() -> Pool<Vec<u8>> {
    Pool::builder(buffer).reset(Vec::clear).build()
}

/// `Pool` without a capacity, of buffers.
pub fn buffers() -> impl Fn(u64) + Sync {
    let pool = pool_of_buffers();
    move |n| push(&mut pool.get(), n)
}

/// A pool of buffers for each of two threads.
pub fn buffers_apart() -> impl Fn(usize, u64) + Sync {
    let pools = [(); 2].map(|()| pool_of_buffers());
    move |thread, n| push(&mut pools[thread].get(), n)
}

/// `Pool` without a capacity, of structs.
pub fn structs() -> impl Fn(u64) + Sync {
    let pool = Pool::new(Small::default);
    move |n| touch(&mut pool.get(), n)
}

/// The same by `try_get`.
pub fn structs_tried() -> impl Fn(u64) + Sync {
    let pool = Pool::new(Small::default);
    move |n| touch(&mut pool.try_get().unwrap(), n)
}

/// `Pool` with a capacity, of buffers.
pub fn bounded_buffers() -> impl Fn(u64) + Sync {
    let pool = Pool::builder(buffer).reset(Vec::clear).capacity(64).build();
    move |n| push(&mut pool.try_get().unwrap(), n)
}

/// `Pool` with a capacity, of structs.
pub fn bounded_structs() -> impl Fn(u64) + Sync {
    let pool = Pool::builder(Small::default).capacity(64).prefill(64).build();
    move |n| touch(&mut pool.try_get().unwrap(), n)
}

/// A `try_get` that finds none: all of the capacity is in use.
pub fn exhausted(capacity: usize) -> impl Fn(u64) {
    let pool = Pool::builder(Small::default).capacity(capacity).build();
    let guards: Vec<_> = (0..capacity).map(|_| pool.try_get().unwrap()).collect();
    move |_| {
        let _held = &guards;
        assert!(black_box(pool.try_get()).is_err());
    }
}

/// `get_async` of a free object.
pub fn async_get(capacity: Option<usize>) -> impl FnMut(u64) {
    let pool = match capacity {
        None => Pool::new(Small::default),
        Some(capacity) => Pool::builder(Small::default).capacity(capacity).build(),
    };
    // An executor's, which is there for all its futures.
    let mut context = Context::from_waker(Waker::noop());
    move |n| {
        let mut get = pin!(pool.get_async());
        let ready = get.as_mut().poll(&mut context);
        let Poll::Ready(Ok(mut object)) = ready else { panic!("an object is free") };
        touch(&mut object, n);
    }
}

/// `local::Pool`, of buffers.
pub fn local_buffers() -> impl Fn(u64) {
    let pool = local::Pool::builder(buffer).reset(Vec::clear).build();
    move |n| push(&mut pool.get(), n)
}

/// `recycled` buffers.
pub fn recycled_buffers() -> impl Fn(u64) + Sync {
    |n| {
        let mut buffer: Pooled<Vec<u8>> = recycled();
        // Once in each thread.
        if buffer.capacity() == 0 {
            buffer.reserve(1024);
        }
        push(&mut buffer, n);
    }
}

/// `fixed::Pool` of 256 structs, of which so many are in use meanwhile.
pub fn fixed_structs(held: usize) -> impl Fn(u64) + Sync {
    let pool = lasting(fixed::Pool::<Small, 256>::from_fn(|_| Small::default()));
    let guards: Vec<_> = (0..held).map(|_| pool.try_get().unwrap()).collect();
    move |n| {
        let _held = &guards;
        touch(&mut pool.try_get().unwrap(), n);
    }
}

/// `PooledArc` of an empty buffer.
pub fn shared_buffers() -> impl Fn(u64) + Sync {
    let pool = Pool::new(Vec::<u8>::new);
    move |_| _ = black_box::<PooledArc<_>>(Pooled::into_shared(pool.get()))
}

/// `PoolBox` of a struct.
pub fn boxed_structs() -> impl Fn(u64) + Sync {
    |n| {
        let mut object = PoolBox::new(Small::default());
        touch(&mut object, n);
    }
}

/// `PoolBox` of 64 bytes of which one word is written: what the pair costs without its content.
pub fn boxed_blocks() -> impl Fn(u64) + Sync {
    |n| {
        let mut object = PoolBox::new(MaybeUninit::<[u64; 8]>::uninit());
        // SAFETY: within the block.
        unsafe { object.as_mut_ptr().cast::<u64>().write(n) };
        black_box(&mut *object);
    }
}
