//! Get and release in one thread.

use crate::{
    Row, limit,
    objects::{Small, buffer, push, touch},
    paired::{Measure, in_this_thread},
    plain,
};
use poolalloc::{Pool, PoolBox, Pooled, fixed, local, recycled};
use poolshark::{global, local::LPooled};
use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

fn pool() -> Pool<Vec<u8>> {
    Pool::builder(buffer).reset(Vec::clear).build()
}

fn ours() -> Measure<'static> {
    let pool = pool();
    in_this_thread(move |n| push(&mut pool.get(), n))
}

fn ours_small() -> Measure<'static> {
    let pool = Pool::new(Small::default);
    in_this_thread(move |n| touch(&mut pool.get(), n))
}

fn bounded() -> Measure<'static> {
    let pool = Pool::builder(buffer).reset(Vec::clear).capacity(64).build();
    in_this_thread(move |n| push(&mut pool.try_get().unwrap(), n))
}

fn bounded_small() -> Measure<'static> {
    let pool = Pool::builder(Small::default).capacity(64).prefill(64).build();
    in_this_thread(move |n| touch(&mut pool.try_get().unwrap(), n))
}

fn of_thread() -> Measure<'static> {
    let pool = local::Pool::builder(buffer).reset(Vec::clear).build();
    in_this_thread(move |n| push(&mut pool.get(), n))
}

fn ambient() -> Measure<'static> {
    recycled::<Vec<u8>>().reserve(1024);
    in_this_thread(|n| {
        let mut buffer: Pooled<Vec<u8>> = recycled();
        push(&mut buffer, n);
    })
}

fn lpooled() -> Measure<'static> {
    LPooled::<Vec<u8>>::take().reserve(1024);
    in_this_thread(|n| {
        let mut buffer: LPooled<Vec<u8>> = LPooled::take();
        push(&mut buffer, n);
    })
}

fn poolshark_global() -> Measure<'static> {
    let pool: global::Pool<Vec<u8>> = global::Pool::new(1024, 1 << 16);
    pool.take().reserve(1024);
    in_this_thread(move |n| push(&mut pool.take(), n))
}

fn nexus_local() -> Measure<'static> {
    let pool = nexus_pool::local::Pool::with_capacity(64, buffer, Vec::clear);
    in_this_thread(move |n| push(&mut pool.acquire(), n))
}

fn nexus_sync() -> Measure<'static> {
    let pool = nexus_pool::sync::Pool::new(64, buffer, Vec::clear);
    in_this_thread(move |n| push(&mut pool.try_acquire().unwrap(), n))
}

fn syncpool_owned() -> Measure<'static> {
    use syncpool::prelude::*;
    let mut pool: SyncPool<Small> = SyncPool::with_size(64);
    in_this_thread(move |n| {
        let mut object = pool.get();
        touch(&mut object, n);
        drop(pool.put(object));
    })
}

fn object_pool() -> Measure<'static> {
    let pool = object_pool::Pool::<Box<Small>>::new(64, Box::default);
    in_this_thread(move |n| touch(&mut pool.try_pull().unwrap(), n))
}

fn lockfree_object_pool() -> Measure<'static> {
    let pool = lockfree_object_pool::LinearObjectPool::<Box<Small>>::new(Box::default, |_| {});
    in_this_thread(move |n| touch(&mut pool.pull(), n))
}

struct Make;

impl opool::PoolAllocator<Box<Small>> for Make {
    fn allocate(&self) -> Box<Small> {
        Box::default()
    }
}

fn opool() -> Measure<'static> {
    let pool = opool::Pool::new_prefilled(64, Make);
    in_this_thread(move |n| touch(&mut pool.get(), n))
}

#[derive(Default)]
struct Cleared(Small);

impl sharded_slab::Clear for Cleared {
    fn clear(&mut self) {}
}

fn slab() -> Measure<'static> {
    let pool = sharded_slab::Pool::<Cleared>::new();
    in_this_thread(move |n| {
        let mut object = pool.create().unwrap();
        touch(&mut object.0, n);
        let key = object.key();
        drop(object);
        pool.clear(key);
    })
}

fn array_queue() -> Measure<'static> {
    let queue = crossbeam_queue::ArrayQueue::<Box<Small>>::new(64);
    (0..64).for_each(|_| drop(queue.push(Box::default())));
    in_this_thread(move |n| {
        let mut object = queue.pop().unwrap();
        touch(&mut object, n);
        drop(queue.push(object));
    })
}

/// `fixed` with `held` of its 256 objects in use.
fn fixed_with(held: usize) -> Measure<'static> {
    let pool: &_ = Box::leak(Box::new(fixed::Pool::<Small, 256>::from_fn(|_| Small::default())));
    let guards: Vec<_> = (0..held).map(|_| pool.try_get().unwrap()).collect();
    in_this_thread(move |n| {
        let _held = &guards;
        touch(&mut pool.try_get().unwrap(), n);
    })
}

fn lock_pool_with(held: usize) -> Measure<'static> {
    let pool: &_ =
        Box::leak(Box::new(lock_pool::LockPool::<Small, 256, 8>::from_fn(|_| Small::default())));
    let guards: Vec<_> = (0..held).map(|_| pool.try_get().unwrap()).collect();
    in_this_thread(move |n| {
        let _held = &guards;
        touch(&mut pool.try_get().unwrap(), n);
    })
}

fn exhausted(capacity: usize) -> Measure<'static> {
    let pool = Pool::builder(Small::default).capacity(capacity).build();
    let guards: Vec<_> = (0..capacity).map(|_| pool.try_get().unwrap()).collect();
    in_this_thread(move |_| {
        let _held = &guards;
        assert!(std::hint::black_box(pool.try_get()).is_err());
    })
}

fn async_get(capacity: Option<usize>) -> Measure<'static> {
    let pool = match capacity {
        None => Pool::new(Small::default),
        Some(capacity) => Pool::builder(Small::default).capacity(capacity).build(),
    };
    in_this_thread(move |n| {
        let mut get = pin!(pool.get_async());
        let ready = get.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        let Poll::Ready(Ok(mut object)) = ready else { panic!("an object is free") };
        touch(&mut object, n);
    })
}

fn pool_box() -> Measure<'static> {
    in_this_thread(|n| {
        let mut object = PoolBox::new(Small::default());
        touch(&mut object, n);
    })
}

fn std_box() -> Measure<'static> {
    in_this_thread(|n| {
        let mut object = Box::new(Small::default());
        touch(&mut object, n);
    })
}

fn std_vec() -> Measure<'static> {
    in_this_thread(|n| push(&mut buffer(), n))
}

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = vec![
        limit("single/Pool : poolshark LPooled", 0.45, ours, lpooled),
        limit("single/Pool : poolshark global", 0.22, ours, poolshark_global),
        limit("single/Pool capacity : poolshark global", 0.9, bounded, poolshark_global),
        limit("single/local::Pool : poolshark LPooled", 0.35, of_thread, lpooled),
        limit("single/recycled : poolshark LPooled", 0.35, ambient, lpooled),
        plain("single/local::Pool : nexus local", of_thread, nexus_local),
        plain("single/Pool : nexus sync", ours, nexus_sync),
        plain("single/Pool : syncpool", ours_small, syncpool_owned),
        plain("single/Pool : object-pool", ours_small, object_pool),
        plain("single/Pool : lockfree-object-pool", ours_small, lockfree_object_pool),
        plain("single/Pool : opool", ours_small, opool),
        plain("single/Pool : sharded-slab", ours_small, slab),
        plain("single/Pool capacity : ArrayQueue", bounded_small, array_queue),
        plain("single/Pool : Vec under System", ours, std_vec),
        plain("single/Pool : Box under System", ours_small, std_box),
        limit("single/fixed : lock_pool, free", 0.9, || fixed_with(0), || lock_pool_with(0)),
        limit(
            "single/fixed : lock_pool, 255 held",
            0.05,
            || fixed_with(255),
            || lock_pool_with(255),
        ),
        limit("single/fixed 255 held : free", 1.15, || fixed_with(255), || fixed_with(0)),
        limit("single/async get : try_get", 1.3, || async_get(None), ours_try),
        limit("single/async get : try_get, capacity", 1.3, || async_get(Some(64)), bounded_small),
    ];
    #[cfg(feature = "mimalloc")]
    rows.extend([
        limit("single/exhausted of 1 : MiMalloc 64 B", 1.2, || exhausted(1), mimalloc_box),
        limit("single/exhausted of 4096 : MiMalloc 64 B", 1.2, || exhausted(4096), mimalloc_box),
        limit("single/PoolBox : MiMalloc Box", 0.4, pool_box, mimalloc_box),
        plain("single/PoolBox, no content : MiMalloc block", pool_block, mimalloc_block),
        plain("single/Pool : MiMalloc Box", ours_small, mimalloc_box),
    ]);
    #[cfg(not(feature = "mimalloc"))]
    rows.extend([
        plain("single/exhausted of 4096 : Box under System", || exhausted(4096), std_box),
        plain("single/PoolBox : Box under System", pool_box, std_box),
    ]);
    rows
}

fn ours_try() -> Measure<'static> {
    let pool = Pool::new(Small::default);
    in_this_thread(move |n| touch(&mut pool.try_get().unwrap(), n))
}

/// A box of 64 bytes of which one word is written: what the pair costs without its content.
#[cfg(feature = "mimalloc")]
fn pool_block() -> Measure<'static> {
    use std::mem::MaybeUninit;
    in_this_thread(|n| {
        let mut object = PoolBox::new(MaybeUninit::<[u64; 8]>::uninit());
        // SAFETY: within the block.
        unsafe { object.as_mut_ptr().cast::<u64>().write(n) };
        std::hint::black_box(&mut *object);
    })
}

/// The same from MiMalloc.
#[cfg(feature = "mimalloc")]
fn mimalloc_block() -> Measure<'static> {
    use std::alloc::{GlobalAlloc, Layout};
    let layout = Layout::new::<[u64; 8]>();
    in_this_thread(move |n| {
        // SAFETY: the size is not 0.
        let block = unsafe { mimalloc::MiMalloc.alloc(layout) };
        // SAFETY: within the block.
        unsafe { block.cast::<u64>().write(n) };
        std::hint::black_box(block);
        // SAFETY: allocated above.
        unsafe { mimalloc::MiMalloc.dealloc(block, layout) };
    })
}

/// As `Box` where MiMalloc is the global allocator.
#[cfg(feature = "mimalloc")]
fn mimalloc_box() -> Measure<'static> {
    use std::alloc::{GlobalAlloc, Layout};
    let layout = Layout::new::<Small>();
    in_this_thread(move |n| {
        // SAFETY: the size is not 0.
        let block = unsafe { mimalloc::MiMalloc.alloc(layout) }.cast::<Small>();
        // SAFETY: a block of this layout.
        unsafe { block.write(Small::default()) };
        // SAFETY: written just now.
        touch(unsafe { &mut *block }, n);
        // SAFETY: allocated above.
        unsafe { mimalloc::MiMalloc.dealloc(block.cast(), layout) };
    })
}
