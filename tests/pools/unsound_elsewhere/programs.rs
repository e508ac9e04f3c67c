//! What broke memory elsewhere. Each function panics if something is not as it should be.
//!
//! `in_threads(count, work)`, of whoever takes this in, runs `work` in threads until the last is done.
#![forbid(unsafe_code)]

use super::in_threads;
use poolalloc::{Pool, PoolBox, Pooled, PooledArc, fixed, local, recycled};
use std::{
    cell::RefCell,
    collections::HashMap,
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher, RandomState},
    panic::catch_unwind,
    pin::pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Waker},
    thread,
};

const ROUNDS: usize = if cfg!(debug_assertions) { 2_000 } else { 20_000 };

/// As large as `RandomState`.
struct BoxHasher(Box<str>);

impl Default for BoxHasher {
    fn default() -> Self {
        Self("seed".into())
    }
}

impl BuildHasher for BoxHasher {
    type Hasher = DefaultHasher;

    fn build_hasher(&self) -> DefaultHasher {
        assert_eq!(&*self.0, "seed", "the hasher of another type came back");
        DefaultHasher::new()
    }
}

/// poolshark keyed pools by the layout of the hasher.
pub(crate) fn a_hasher_stays_with_maps_of_its_own_type() {
    for _ in 0..3 {
        let mut map: Pooled<HashMap<u64, u64, RandomState>> = recycled();
        map.insert(1, 1);
        drop(map);
        let mut map: Pooled<HashMap<u64, u64, BoxHasher>> = recycled();
        map.insert(1, 1);
    }
}

/// poolshark took a zero-sized parameter for none.
pub(crate) fn maps_with_a_zero_sized_key_have_a_pool_of_their_own() {
    type A = HashMap<(), u64, RandomState>;
    type B = HashMap<u64, (u64, u64), BuildHasherDefault<DefaultHasher>>;
    let held: Vec<Pooled<A>> = (0..3)
        .map(|n| {
            let mut map: Pooled<A> = recycled();
            map.insert((), n);
            map
        })
        .collect();
    drop(held);
    for _ in 0..3 {
        let mut map: Pooled<B> = recycled();
        map.insert(7, (8, 9));
        assert_eq!(map.len(), 1);
    }
}

/// poolshark lost a handle that was dropped while others held it.
pub(crate) fn a_shared_object_is_not_lost_while_others_hold_it() {
    let pool = Pool::new(|| 1_u8);
    let first = Pooled::into_shared(pool.get());
    let second = first.clone();
    drop(first);
    assert_eq!((PooledArc::strong_count(&second), pool.stats().idle), (1, 0));
    thread::spawn(move || drop(second)).join().unwrap();
    assert_eq!(pool.stats().idle, 1, "the last holder returns it");
}

struct Node {
    child: Option<Box<local::Pooled<Node>>>,
    id: u64,
}

/// nexus called a reset function while it ran.
pub(crate) fn reset_is_entered_again_by_a_guard_in_the_object() {
    let log = RefCell::new(vec![1_u64, 2, 3, 4]);
    let pool = local::Pool::builder(|| Node { child: None, id: 0 })
        .reset(move |node: &mut Node| {
            if node.id == 1 {
                // What it changes is in a cell, so that safe code cannot do it while it is read.
                log.borrow_mut().extend(0..4096);
                return;
            }
            let seen = log.borrow().clone();
            node.child = None;
            assert_eq!(seen, [1, 2, 3, 4]);
        })
        .build();
    let mut child = pool.get();
    child.id = 1;
    let mut parent = pool.get();
    parent.child = Some(Box::new(child));
    drop(parent);
    assert_eq!(pool.stats().idle, 2);
}

/// nexus let two threads take from a stack for one.
pub(crate) fn two_threads_never_hold_one_object() {
    const OBJECTS: usize = 4;
    let new = || {
        let next = AtomicUsize::new(0);
        Pool::builder(move || (next.fetch_add(1, Ordering::Relaxed), AtomicUsize::new(0)))
    };
    for pool in [new().build(), new().capacity(OBJECTS).build()] {
        let hold = |object: &Pooled<(usize, AtomicUsize)>| {
            assert_eq!(object.1.fetch_add(1, Ordering::Relaxed), 0, "held by two at once");
        };
        let let_go = |object: Pooled<(usize, AtomicUsize)>| {
            object.1.fetch_sub(1, Ordering::Relaxed);
        };
        in_threads(3, |_| {
            for _ in 0..ROUNDS {
                let (a, b) = (pool.try_get().ok(), pool.try_get().ok());
                a.iter().chain(&b).for_each(hold);
                a.into_iter().for_each(let_go);
                let a = pool.try_get().ok();
                a.iter().for_each(hold);
                b.into_iter().chain(a).for_each(let_go);
            }
        });
    }
}

/// lock_pool left a pointer into a future that was gone.
pub(crate) fn a_cancelled_wait_leaves_nothing_behind() {
    let pool = Pool::builder(|| 0_u64).capacity(1).build();
    let held = pool.try_get().unwrap();
    {
        let mut wait = Box::pin(pool.get_async());
        assert!(wait.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert_eq!(pool.stats().waiting, 1);
    }
    assert_eq!(pool.stats().waiting, 0);
    drop(held);
    assert!(pool.try_get().is_ok(), "the cancelled wait has the object");

    let held = pool.try_get().unwrap();
    let mut cancelled = Box::pin(pool.get_async());
    let mut next = pin!(pool.get_async());
    let context = &mut Context::from_waker(Waker::noop());
    assert!(cancelled.as_mut().poll(context).is_pending());
    assert!(next.as_mut().poll(context).is_pending());
    drop(held);
    drop(cancelled);
    assert!(next.poll(context).is_ready(), "what it was given goes to the next");
}

/// lock_pool put a task to sleep while the object was free.
pub(crate) fn no_waiter_sleeps_while_an_object_is_free() {
    let pool = Pool::builder(|| 0_usize).capacity(1).build();
    in_threads(2, |_| (0..ROUNDS).for_each(|_| *pool.get_blocking().unwrap() += 1));
    assert_eq!(*pool.try_get().unwrap(), 2 * ROUNDS);
}

/// lock_pool shared what may not be sent. Here such a pool stays in its thread.
pub(crate) fn what_may_not_be_sent_is_in_a_local_pool() {
    let pool = local::Pool::new(|| Rc::new(5));
    let object = pool.get();
    assert_eq!(Rc::strong_count(&object), 1);
    static FIXED: fixed::Pool<u32, 1> = fixed::Pool::new([5]);
    assert_eq!(thread::spawn(|| FIXED.try_get().map(|n| *n)).join().unwrap(), Ok(5));
}

struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// syncpool never freed its boxes.
pub(crate) fn a_dropped_pool_gives_all_its_objects_back() {
    let alive = Arc::new(AtomicUsize::new(0));
    for capacity in [None, Some(64)] {
        let of = alive.clone();
        let mut builder = Pool::builder(move || {
            of.fetch_add(1, Ordering::Relaxed);
            Counted(of.clone())
        });
        if let Some(capacity) = capacity {
            builder = builder.capacity(capacity);
        }
        let pool = builder.prefill(64).build();
        assert_eq!(alive.load(Ordering::Relaxed), 64);
        drop(pool);
        assert_eq!(alive.load(Ordering::Relaxed), 0, "objects of a pool that is gone");
    }
}

/// syncpool gave zeroed memory to safe code. Here, whoever does not fill the place is found out.
pub(crate) fn a_place_that_was_not_filled_is_noticed() {
    let elsewhere = || -> &'static mut u64 { Box::leak(Box::new(7)) };
    let made = catch_unwind(|| PoolBox::<u64>::new_in_place(|_| elsewhere()));
    assert!(made.is_err(), "an object that nobody made");
    assert_eq!(*PoolBox::<u64>::new_in_place(|place| place.write(8)), 8);
}
