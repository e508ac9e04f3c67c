//! What one thread sees.

use super::{Counted, count};
use poolalloc::{
    TryGetError,
    fixed::{Pool, Pooled},
};
use std::{
    borrow::Borrow,
    cell::Cell,
    collections::HashSet,
    future::Future,
    hash::{BuildHasher, RandomState},
    marker::PhantomPinned,
    mem::{self, MaybeUninit},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll, Waker},
    thread,
};

#[test]
fn a_static_pool_is_made_by_the_compiler_and_gives_each_object_to_one_holder() {
    static POOL: Pool<usize, 300> = {
        let mut objects = [0; 300];
        let mut index = 0;
        while index < 300 {
            objects[index] = index;
            index += 1;
        }
        Pool::new(objects)
    };
    let held: Vec<_> = (0..300).map(|_| POOL.try_get().unwrap()).collect();
    assert!(held.iter().all(|object| **object == Pooled::index(object)));
    assert_eq!(held.iter().map(|object| **object).collect::<HashSet<_>>().len(), 300);
    assert_eq!(POOL.try_get().unwrap_err(), TryGetError::Empty);
    assert_eq!((POOL.idle(), POOL.live()), (0, 300));
    drop(held);
    assert_eq!((POOL.idle(), POOL.live()), (300, 300));
}

#[test]
fn an_object_keeps_its_place_and_its_state() {
    let pool = Pool::new([String::new(), String::new()]);
    let mut object = pool.try_get().unwrap();
    object.push_str("kept");
    let place = std::ptr::from_ref::<String>(&object);
    drop(object);
    let object = pool.try_get().unwrap();
    assert_eq!(*object, "kept", "the object released last is given first");
    assert!(std::ptr::eq(place, &raw const *object), "the object moved");
}

#[test]
fn reset_and_keep_if_see_what_is_released_in_this_order() {
    static POOL: Pool<Vec<u8>, 2> =
        Pool::lazy(Vec::new).reset(Vec::clear).keep_if(|v| v.is_empty() && v.capacity() < 100);
    POOL.try_get().unwrap().extend([1, 2, 3]);
    assert_eq!((POOL.live(), POOL.idle()), (1, 1));
    let small = POOL.try_get().unwrap();
    assert!(small.is_empty() && small.capacity() > 0, "reset has not run");
    POOL.try_get().unwrap().reserve(100);
    assert_eq!((POOL.live(), POOL.idle()), (1, 0), "an object that keep_if refuses was kept");
}

#[test]
fn an_object_that_fails_the_check_is_replaced_in_its_place() {
    static MADE: AtomicUsize = AtomicUsize::new(0);
    static POOL: Pool<(usize, bool), 1> =
        Pool::lazy(|| (MADE.fetch_add(1, Relaxed), true)).check_on_get(|object| object.1);
    let mut first = POOL.try_get().unwrap();
    first.1 = false;
    drop(first);
    assert_eq!(POOL.idle(), 1, "it is looked at when it is wanted");
    let second = POOL.try_get().unwrap();
    assert_eq!(*second, (1, true), "an object that is good no more was handed out");
    drop(second);
    assert_eq!(POOL.try_get().unwrap().0, 1, "an object that passes the check was dropped");
    let stats = POOL.stats();
    assert_eq!((stats.live, stats.created, stats.discarded), (1, 2, 1));
}

#[test]
fn in_a_pool_that_makes_none_the_next_object_is_taken_when_one_fails_the_check() {
    let pool = Pool::new([3, 2, 1, 0]).check_on_get(|object| *object < 2);
    assert_eq!(*pool.try_get().unwrap(), 1);
    assert_eq!((pool.live(), pool.stats().discarded), (2, 2));
    pool.retain(|object| {
        *object = 9;
        true
    });
    assert_eq!(pool.try_get().unwrap_err(), TryGetError::Empty, "none passes the check");
    assert_eq!((pool.live(), pool.stats().discarded), (0, 4));
    pool.put(1).unwrap();
    assert_eq!(*pool.try_get().unwrap(), 1, "a place is lost");
}

/// A mebibyte each; the thread has a quarter of one.
#[test]
fn a_huge_object_is_made_in_its_place() {
    type Huge = [u8; 1 << 20];
    fn sevens(place: &mut MaybeUninit<Huge>) -> &mut Huge {
        // SAFETY: within the place.
        unsafe { place.as_mut_ptr().write_bytes(7, 1) };
        // SAFETY: written just now.
        unsafe { place.assume_init_mut() }
    }
    static POOL: Pool<Huge, 3> = Pool::init_in_place(sevens).check_on_get(|huge| huge[0] == 7);
    let work = || {
        let (mut first, second) = (POOL.try_get().unwrap(), POOL.get_blocking().unwrap());
        assert_eq!((first[1 << 19], second[(1 << 20) - 1]), (7, 7));
        first[0] = 0;
        drop(first);
        assert_eq!(POOL.try_get().unwrap()[0], 7, "it was not made again");
        assert_eq!((POOL.prefill(9), POOL.live(), POOL.stats().created), (1, 3, 4));
    };
    thread::Builder::new().stack_size(256 << 10).spawn(work).unwrap().join().unwrap();
}

#[test]
fn stats_tell_what_there_is_and_what_was() {
    let pool = Pool::<_, 4>::lazy(|| 5).keep_if(|object| *object == 5);
    let none = pool.stats();
    assert_eq!((none.idle, none.live, none.waiting, none.created, none.discarded), (0, 0, 0, 0, 0));
    let (held, mut spoilt) = (pool.try_get().unwrap(), pool.try_get().unwrap());
    pool.put(5).unwrap();
    *spoilt = 6;
    drop(spoilt);
    let stats = pool.stats();
    assert_eq!((stats.idle, stats.live, stats.created, stats.discarded), (1, 2, 2, 1));
    assert_eq!(Pooled::detach(held), 5);
    pool.close();
    let closed = pool.stats();
    assert_eq!((closed.live, closed.created, closed.discarded), (0, 2, 2), "detached, not dropped");
}

#[cfg(feature = "serde")]
#[test]
fn a_guard_is_written_as_its_object() {
    let pool = Pool::new([vec![1, 2]]);
    assert_eq!(serde_json::to_string(&pool.try_get().unwrap()).unwrap(), "[1,2]");
}

#[test]
fn a_lazy_pool_makes_objects_when_none_is_idle_up_to_n() {
    let pool = Pool::<Box<u32>, 3>::lazy(|| Box::new(7));
    assert_eq!((pool.live(), pool.capacity()), (0, 3));
    drop(pool.try_get().unwrap());
    let held: Vec<_> = (0..3).map(|_| pool.try_get().unwrap()).collect();
    assert_eq!((pool.live(), pool.try_get().unwrap_err()), (3, TryGetError::Empty));
    drop(held);
    pool.shrink_to(1);
    assert_eq!((pool.live(), pool.idle()), (1, 1));
    assert_eq!(pool.prefill(10), 2);
    assert_eq!((pool.live(), pool.idle()), (3, 3));
    assert_eq!(Pool::new([1, 2]).prefill(2), 0, "there is no way to make one");
    let pool = Pool::<u8, 3>::lazy(|| 7);
    assert_eq!((pool.prefill(1), pool.prefill(1), pool.live()), (1, 1, 2), "as in a `Pool`");
}

#[test]
fn put_and_adopt_fill_free_places_and_hand_back_what_has_none() {
    let pool = Pool::<String, 2>::empty();
    assert_eq!(pool.try_get().unwrap_err(), TryGetError::Empty);
    pool.put("a".into()).unwrap();
    let adopted = pool.adopt("b".into()).unwrap();
    assert_eq!((pool.live(), pool.idle()), (2, 1));
    assert_eq!(pool.put("c".into()), Err("c".into()));
    assert_eq!(pool.adopt("d".into()).unwrap_err(), "d");
    drop(adopted);
    assert_eq!(*pool.try_get().unwrap(), "b");
}

#[test]
fn detach_and_discard_leave_a_free_place() {
    let drops = Arc::default();
    let pool = Pool::from_fn(|_| Counted::new(&drops));
    let [first, second, _third]: [_; 3] = [(); 3].map(|()| pool.try_get().unwrap());
    let detached = Pooled::detach(first);
    assert_eq!((count(&drops), Pool::<_, 3>::live(&pool)), (0, 2));
    Pooled::discard(second);
    assert_eq!((count(&drops), pool.live()), (1, 1));
    pool.put(detached).unwrap();
    assert_eq!((count(&drops), pool.live(), pool.idle()), (1, 2, 1));
}

#[test]
fn try_clone_takes_an_object_of_the_same_pool() {
    let pool = Pool::new([vec![1, 2], vec![3]]);
    let one = pool.try_get().unwrap();
    let clone = Pooled::try_clone(&one).unwrap();
    assert_eq!(one, clone);
    assert_ne!(Pooled::index(&one), Pooled::index(&clone));
    assert_eq!(Pooled::try_clone(&one).unwrap_err(), TryGetError::Empty);
}

#[test]
fn a_raw_object_stays_in_use_until_it_is_a_guard_again() {
    let pool = Pool::new([[0_u8; 3], [1; 3], [2; 3]]);
    let _first = pool.try_get().unwrap();
    let second = pool.try_get().unwrap();
    let (index, raw) = (Pooled::index(&second), Pooled::into_raw(second));
    assert_eq!((pool.live(), pool.idle()), (3, 1));
    // SAFETY: it came from `into_raw` of this pool.
    let again = unsafe { pool.from_raw(raw) };
    assert_eq!((Pooled::index(&again), *again), (index, [1; 3]));
    drop(again);
    assert_eq!(pool.idle(), 2);
}

#[test]
fn a_dropped_pool_drops_each_object_once() {
    for held in 0..=3 {
        let drops = Arc::default();
        let pool = Pool::<_, 3>::from_fn(|_| Counted::new(&drops));
        for object in [(); 3].map(|()| pool.try_get().unwrap()).into_iter().take(held) {
            mem::forget(object);
        }
        drop(pool);
        assert_eq!(count(&drops), 3 - held, "forgotten objects are forgotten, the others are not");
    }
}

#[test]
fn forgotten_guards_leave_the_pool_usable() {
    let pool = Pool::new([1, 2, 3]);
    mem::forget(pool.try_get().unwrap());
    mem::forget(pool.try_get().unwrap());
    for _ in 0..10 {
        let last = pool.try_get().unwrap();
        assert_eq!(pool.try_get().unwrap_err(), TryGetError::Empty);
        drop(last);
    }
}

#[test]
fn close_drops_what_is_idle_now_and_what_is_in_use_later() {
    let drops = Arc::default();
    let pool = Pool::<_, 3>::from_fn(|_| Counted::new(&drops));
    let held = pool.try_get().unwrap();
    pool.close();
    assert_eq!((count(&drops), pool.is_closed()), (2, true));
    assert_eq!(pool.try_get().unwrap_err(), TryGetError::Closed);
    assert!(pool.put(Counted::new(&drops)).is_err());
    drop(held);
    assert_eq!((count(&drops), pool.live()), (4, 0));
    pool.close();
}

#[test]
fn retain_looks_at_each_idle_object_once() {
    let pool = Pool::new([0, 1, 2, 3, 4, 5]);
    let held = pool.try_get().unwrap();
    let mut seen = Vec::new();
    pool.retain(|object| {
        seen.push(*object);
        *object % 2 == 0
    });
    seen.sort_unstable();
    assert_eq!(seen, [1, 2, 3, 4, 5]);
    assert_eq!((pool.live(), pool.idle(), *held), (3, 2, 0));
}

#[test]
fn iter_mut_reaches_all_objects_of_a_pool_that_nobody_else_has() {
    let mut pool = Pool::new([1, 2, 3]);
    pool.iter_mut().for_each(|object| *object *= 10);
    let sum = [(); 3].map(|()| pool.try_get().unwrap()).iter().map(|object| **object).sum::<i32>();
    assert_eq!(sum, 60);
}

#[test]
fn objects_of_size_0_and_pools_of_0_and_1_objects_work() {
    let pool = Pool::new([(); 2]);
    let held = [pool.try_get().unwrap(), pool.try_get().unwrap()];
    assert_ne!(Pooled::index(&held[0]), Pooled::index(&held[1]));
    assert!(pool.try_get().is_err());
    assert_eq!(Pool::<u8, 0>::new([]).try_get().unwrap_err(), TryGetError::Empty);
    let one = Pool::<u8, 1>::default();
    assert_eq!(*one.try_get().unwrap(), 0);
}

#[test]
fn a_guard_stands_for_its_object() {
    let pool = Pool::from([String::from("b"), String::from("a")]);
    let (b, mut a) = (pool.try_get().unwrap(), pool.try_get().unwrap());
    assert!(a < b && a != b && a.cmp(&b).is_lt());
    assert_eq!((format!("{a} {b:?}"), a.len()), ("a \"b\"".into(), 1));
    a.extend(["b", "c"]);
    assert_eq!(a.as_ref(), "abc");
    let (hasher, object): (_, &String) = (RandomState::new(), a.borrow());
    assert_eq!(hasher.hash_one(&a), hasher.hash_one(object), "Borrow and Hash disagree");
    assert_eq!(
        format!("{pool:?}"),
        "Pool { capacity: 2, live: 2, idle: 0, waiting: 0, closed: false }"
    );
}

/// As lock_pool's: `T` owns a guard of the same pool, so its reset releases another object.
#[test]
fn an_object_may_hold_a_guard_of_its_own_pool() {
    struct Node(Option<Pooled<'static, Node>>, u32);
    static NODES: Pool<Node, 3> =
        Pool::new([const { Node(None, 0) }; 3]).reset(|node| (node.0, node.1) = (None, 0));
    let mut parent = NODES.try_get().unwrap();
    let mut child = NODES.try_get().unwrap();
    (child.0, child.1) = (NODES.try_get().ok(), 1);
    parent.0 = Some(child);
    drop(parent);
    assert_eq!((NODES.idle(), NODES.live()), (3, 3));
}

/// A pinned object is never handed out as `&mut` again.
#[test]
fn a_pinned_object_is_dropped_before_its_place_is_used_again() {
    #[derive(Default)]
    struct Knows(Cell<*const Knows>, PhantomPinned);
    // SAFETY: the pointer is only compared.
    unsafe impl Send for Knows {}
    impl Future for Knows {
        type Output = ();
        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
            self.0.set(&raw const *self);
            Poll::Pending
        }
    }
    impl Drop for Knows {
        fn drop(&mut self) {
            assert!(self.0.get().is_null() || self.0.get() == &raw const *self, "moved");
        }
    }
    static POOL: Pool<Knows, 1> = Pool::lazy(Knows::default).reset(|knows| {
        let moved = mem::take(knows);
        drop(moved);
    });
    let mut pinned = Pooled::into_pin(POOL.try_get().unwrap());
    assert!(pinned.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(pinned);
    assert_eq!(POOL.live(), 0, "the pinned object is in the pool");
    assert!(POOL.try_get().unwrap().0.get().is_null());
}
