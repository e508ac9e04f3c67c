//! What pools elsewhere can do, one test for each of it; where it is replaced, by what.

use crate::Counted;
use poolalloc::{
    Builder, Closed, Pool, PoolBox, Pooled, PooledArc, TryGetError, fixed, local, recycled,
};
use std::{
    cell::Cell,
    mem::MaybeUninit,
    pin::Pin,
    rc::Rc,
    sync::{
        Arc, Barrier,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

#[test]
fn shared_mpmc_get_and_put() {
    const ROUNDS: usize = 1000;
    let pool = Pool::builder(|| 0).capacity(8).build();
    let (kept, got) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..ROUNDS {
                    kept.fetch_add(usize::from(pool.put(1).is_ok()), Ordering::Relaxed);
                }
            });
            scope.spawn(|| {
                for _ in 0..ROUNDS {
                    got.fetch_add(Pooled::detach(pool.get()), Ordering::Relaxed);
                }
            });
        }
    });
    // What was made is 0, what was put is 1.
    let left: usize = (0..pool.stats().idle).map(|_| Pooled::detach(pool.get())).sum();
    assert_eq!(kept.into_inner(), got.into_inner() + left, "an object was lost, or got twice");
}

#[test]
fn single_thread_pool_without_atomics() {
    let pool = local::Pool::new(|| Rc::new(Cell::new(0)));
    pool.get().set(7);
    assert_eq!(pool.get().get(), 7);
}

#[test]
fn per_thread_shards_under_one_shared_pool() {
    let pool = Pool::new(|| thread::current().id());
    let all_have_one = Barrier::new(4);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let own = pool.get();
                all_have_one.wait();
                drop(own);
                assert_eq!(*pool.get(), thread::current().id(), "another thread's shard");
            });
        }
    });
}

#[test]
fn object_returns_to_origin_from_any_thread() {
    let pool = Pool::new(|| 0);
    let object = pool.adopt(7);
    thread::spawn(move || drop(object)).join().unwrap();
    assert_eq!(*pool.get(), 7);
}

#[test]
fn object_returns_to_dropping_thread() {
    let mut object: Pooled<String> = recycled();
    object.reserve(100);
    thread::spawn(move || {
        let at = object.as_ptr().addr();
        drop(object);
        assert_eq!(recycled::<String>().as_ptr().addr(), at);
    })
    .join()
    .unwrap();
}

#[test]
fn raii_guard() {
    let pool = Pool::new(|| 0);
    *pool.get() = 1;
    assert_eq!(*pool.get(), 1);
}

#[test]
fn owned_static_send_guard() {
    fn needs<T: Send + 'static>(_: &T) {}
    needs(&Pool::new(|| 0).get());
}

#[test]
fn manual_take_and_put_of_plain_values() {
    let pool = Pool::new(String::new);
    let plain: String = Pooled::detach(pool.get());
    assert_eq!(pool.put(plain + "x"), Ok(()));
    assert_eq!(*pool.get(), "x");
}

#[test]
fn detach_from_pool() {
    let pool = Pool::builder(|| 0).capacity(1).build();
    let detached = Pooled::detach(pool.try_get().unwrap());
    assert_eq!((detached, pool.stats().live), (0, 0));
    assert!(pool.try_get().is_ok(), "its place is free");
}

#[test]
fn adopt_foreign_object() {
    let pool = Pool::new(|| 0);
    drop(pool.adopt(5));
    assert_eq!(*pool.get(), 5);
}

#[test]
fn rehome_or_orphan_a_guard() {
    let (first, second) = (Pool::new(|| 0), Pool::new(|| 0));
    let rehomed = second.adopt(Pooled::detach(first.adopt(9)));
    drop(rehomed);
    assert_eq!((*second.get(), first.stats().live), (9, 0));
    // An orphan's pool is gone: it is dropped where it is.
    let alive = Arc::new(AtomicUsize::new(0));
    let of = alive.clone();
    let orphan = Pool::new(move || Counted::new(&of)).get();
    assert_eq!(alive.load(Ordering::Relaxed), 1);
    drop(orphan);
    assert_eq!(alive.load(Ordering::Relaxed), 0, "an object without a pool is kept");
}

#[test]
fn try_get_that_does_not_create() {
    let pool = Pool::builder(|| 0).capacity(2).prefill(2).build();
    let _held = [pool.try_get().unwrap(), pool.try_get().unwrap()];
    assert_eq!(pool.try_get().unwrap_err(), TryGetError::Empty);
    assert_eq!(pool.stats().created, 2, "those that were there from the beginning");
    // With nothing to make one.
    let given = fixed::Pool::<u8, 2>::empty();
    assert_eq!(given.try_get().unwrap_err(), TryGetError::Empty);
}

#[test]
fn get_creates_when_empty() {
    let pool = Pool::builder(|| 3).capacity(1).build();
    let (held, beyond) = (pool.get(), pool.get());
    assert_eq!(*held + *beyond, 6);
}

#[test]
fn hard_bound_on_live_objects() {
    let pool = Pool::builder(|| 0).capacity(3).build();
    let held: Vec<_> = std::iter::from_fn(|| pool.try_get().ok()).take(10).collect();
    assert_eq!(held.len(), 3);
}

#[test]
fn bounded_retention() {
    let pool = Pool::builder(|| 0).max_idle(2).build();
    drop([pool.get(), pool.get(), pool.get()]);
    assert_eq!(pool.stats().idle, 2);
}

#[test]
fn reject_by_object_size() {
    let pool = Pool::builder(String::new).keep_if(|s| s.capacity() <= 64).build();
    pool.get().reserve(1000);
    assert_eq!(pool.stats().idle, 0);
    pool.get().reserve(10);
    assert_eq!(pool.stats().idle, 1);
    let in_bytes = Builder::<Vec<u8>>::recycle().max_idle_bytes(1000).build();
    in_bytes.get().reserve(2000);
    assert_eq!(in_bytes.stats().idle, 0);
    in_bytes.get().reserve(500);
    assert_eq!(in_bytes.stats().idle, 1);
}

#[test]
fn trim_prune_clear() {
    let pool = Pool::new(|| 0);
    assert_eq!(pool.prefill(10), 10);
    pool.shrink_to(4);
    assert_eq!(pool.stats().idle, 4);
    pool.retain(|_| false);
    assert_eq!(pool.stats().idle, 0);
}

#[test]
fn grow_resize_refill_at_run_time() {
    let pool = Pool::builder(|| 0).capacity(2).build();
    assert!(pool.set_capacity(4));
    assert_eq!(pool.prefill(9), 4);
    assert!(pool.set_capacity(1));
    assert_eq!(pool.stats().live, 1);
}

#[test]
fn prefill() {
    assert_eq!(Pool::builder(|| 0).prefill(5).build().stats().idle, 5);
}

#[test]
fn reset_hook() {
    let pool = Pool::builder(|| 0).reset(|n| *n = 100).build();
    *pool.get() = 1;
    assert_eq!(*pool.get(), 100);
}

#[test]
fn reset_may_veto_reuse() {
    let pool = Pool::builder(|| 0).keep_if(|n| *n == 0).build();
    *pool.get() = 1;
    assert_eq!((pool.stats().idle, pool.stats().discarded), (0, 1));
}

#[test]
fn factory_closure_with_captures() {
    let name = String::from("captured");
    assert_eq!(*Pool::new(move || name.clone()).get(), "captured");
}

#[test]
fn build_huge_t_in_place() {
    type Huge = [u8; 64 << 20];
    fn zero(place: &mut MaybeUninit<Huge>) -> &mut Huge {
        // SAFETY: within the place.
        unsafe { place.as_mut_ptr().write_bytes(0, 1) };
        // SAFETY: all zero is such an array.
        unsafe { place.assume_init_mut() }
    }
    // On a stack of 1 MiB.
    let small = thread::Builder::new().stack_size(1 << 20);
    let work = move || {
        let pool = Builder::<Huge>::init_in_place(zero).build();
        pool.get()[5] = 1;
        assert_eq!(pool.get()[5], 1);
        let capped = Builder::<Huge>::init_in_place(zero).capacity(1).build();
        assert_eq!(capped.try_get().unwrap()[6], 0);
        let local = local::Builder::<Huge>::init_in_place(zero).build();
        assert_eq!(local.get()[7], 0);
        assert_eq!(PoolBox::<Huge>::new_in_place(zero)[8], 0);
    };
    small.spawn(work).unwrap().join().unwrap();
}

#[test]
fn t_never_moved_in_place_and_pinned() {
    let alive = Arc::new(AtomicUsize::new(0));
    let of = alive.clone();
    let pool = Pool::builder(move || Counted::new(&of)).build();
    let object = pool.get();
    let at = &raw const *object;
    let moved = Box::new(object);
    assert_eq!(&raw const **moved, at);
    let pinned: Pin<Pooled<Counted>> = Pooled::into_pin(*moved);
    assert_eq!(&raw const *pinned, at);
    drop(pinned);
    assert_eq!((alive.load(Ordering::Relaxed), pool.stats().idle), (0, 0), "pinned, and kept");
}

#[test]
fn no_std() {
    // The program without std is `tests/nostd`; this is what it has: all but the calls that block.
    static POOL: fixed::Pool<u8, 1> = fixed::Pool::lazy(|| 3).reset(|n| *n = 3);
    *POOL.try_get().unwrap() = 4;
    assert_eq!((*POOL.try_get().unwrap(), POOL.stats().created), (3, 1));
}

#[test]
fn no_alloc_const_size() {
    let pool = const { fixed::Pool::<u16, 2>::new([1, 2]) };
    let (a, b) = (pool.try_get().unwrap(), pool.try_get().unwrap());
    assert_eq!((*a + *b, pool.try_get().is_err()), (3, true));
    let (from, to) = (&raw const pool, (&raw const pool).wrapping_add(1));
    assert!((from.addr()..to.addr()).contains(&(&raw const *a).addr()), "outside of the pool");
}

#[test]
fn usable_in_static_without_lazy_cell() {
    static BUFFERS: Pool<Vec<u8>> = Pool::of();
    static FIXED: fixed::Pool<u8, 1> = fixed::Pool::new([1]);
    BUFFERS.get().push(1);
    assert_eq!((BUFFERS.stats().idle, *FIXED.try_get().unwrap()), (1, 1));
}

#[test]
fn pooled_arc_and_weak() {
    let pool = Pool::builder(|| 0).reset(|n| *n = 0).build();
    let mut first = Pooled::into_shared(pool.get());
    *PooledArc::get_mut(&mut first).unwrap() = 5;
    let mut second = first.clone();
    assert!(PooledArc::get_mut(&mut second).is_none() && PooledArc::ptr_eq(&first, &second));
    *PooledArc::make_mut(&mut second) = 6;
    assert_eq!((*first, *second), (5, 6));
    let owned = PooledArc::try_unshare(first).unwrap();
    drop((owned, second));
    assert_eq!((pool.stats().idle, *pool.get()), (2, 0));
    // Replaced: a weak reference is std's, to an object in use.
    let strong = Arc::new(pool.get());
    let weak = Arc::downgrade(&strong);
    assert_eq!(weak.upgrade().map(|object| **object), Some(0));
    drop(strong);
    assert_eq!((weak.upgrade().is_none(), pool.stats().idle), (true, 2));
}

#[test]
fn stats_idle_and_misses() {
    let pool = Pool::new(|| 0);
    let held = [pool.get(), pool.get()];
    drop(pool.get());
    let stats = pool.stats();
    assert_eq!((stats.idle, stats.live, stats.created, stats.discarded), (1, 3, 3, 0));
    drop(held);
}

#[test]
fn key_and_index_addressing() {
    // Replaced: who wants an object by its key wants a slab. In a fixed pool an object has an index,
    // and all that are idle are there to be seen.
    let mut pool = fixed::Pool::<_, 4>::new([0; 4]);
    let held = [pool.try_get().unwrap(), pool.try_get().unwrap()];
    assert_ne!(fixed::Pooled::index(&held[0]), fixed::Pooled::index(&held[1]));
    drop(held);
    assert_eq!(pool.iter_mut().count(), 4);
}

#[test]
fn sound_under_safe_code() {
    // `unsound_elsewhere` and `tests/refused` have the programs.
    let pool = Pool::builder(|| vec![1]).capacity(1).build();
    std::mem::forget(pool.try_get());
    assert_eq!(
        pool.try_get().unwrap_err(),
        TryGetError::Empty,
        "a leaked guard is in use for ever"
    );
    assert_eq!(*pool.get(), [1], "and the pool is usable");
    pool.close();
    assert_eq!(pool.get_blocking().unwrap_err(), Closed);
    let pool = Pool::new(|| vec![1]);
    std::mem::forget(pool.get());
    assert_eq!(*pool.get(), [1]);
}
