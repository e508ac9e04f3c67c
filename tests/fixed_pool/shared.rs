//! An object that many hold, and one whose making fails.

use poolalloc::{
    GetError,
    fixed::{Pool, Pooled, PooledArc},
};
use std::panic::{AssertUnwindSafe, catch_unwind};

#[test]
fn a_shared_object_goes_back_when_the_last_holder_lets_go() {
    let pool = Pool::<u32, 2>::new([1, 2]).reset(|object| *object = 0);
    let mut first = Pooled::into_shared(pool.try_get().unwrap());
    *PooledArc::get_mut(&mut first).unwrap() = 5;
    let mut second = first.clone();
    assert_eq!((PooledArc::strong_count(&first), *second), (2, 5));
    assert!(PooledArc::ptr_eq(&first, &second));
    assert!(PooledArc::get_mut(&mut second).is_none(), "another one holds the object");
    let first = PooledArc::try_unshare(first).unwrap_err();
    drop(first);
    assert_eq!(pool.idle(), 1, "the object went back while it was held");
    let guard = PooledArc::try_unshare(second).unwrap();
    assert_eq!(*guard, 5);
    drop(Pooled::into_shared(guard));
    assert_eq!((pool.idle(), *pool.try_get().unwrap()), (2, 0));
}

#[test]
fn holders_in_many_threads_return_the_object_once() {
    static POOL: Pool<Vec<u32>, 1> = Pool::lazy(Vec::new).reset(Vec::clear);
    for _ in 0..100 {
        let mut object = POOL.try_get().unwrap();
        object.push(7);
        let shared = Pooled::into_shared(object);
        std::thread::scope(|scope| {
            for holder in std::iter::repeat_with(|| shared.clone()).take(4) {
                scope.spawn(move || assert_eq!(*holder, [7]));
            }
            drop(shared);
        });
        assert_eq!(
            (POOL.idle(), POOL.live()),
            (1, 1),
            "the object went back more than once, or not"
        );
    }
}

#[test]
fn a_factory_that_fails_or_panics_leaves_its_place_free() {
    let pool = Pool::<u32, 1>::empty();
    assert_eq!(pool.try_get_or_make(|| Err("no")).unwrap_err(), GetError::Create("no"));
    let panics = || pool.try_get_or_make::<()>(|| panic!("made to panic"));
    assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
    assert_eq!((pool.live(), pool.stats().created), (0, 0));
    let made = pool.try_get_or_make(|| Ok::<_, ()>(3)).unwrap();
    let other = || panic!("there is no room for it");
    assert_eq!(pool.try_get_or_make::<()>(other).unwrap_err(), GetError::Empty);
    drop(made);
    assert_eq!(*pool.try_get_or_make::<()>(other).unwrap(), 3, "an idle object comes first");
    assert_eq!(pool.stats().created, 1);
    pool.close();
    assert_eq!(pool.try_get_or_make::<()>(other).unwrap_err(), GetError::Closed);
}
