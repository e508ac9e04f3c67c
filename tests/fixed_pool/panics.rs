//! A panic in the user's code loses no place, and holds no lock.

use poolalloc::{TryGetError, fixed::Pool};
use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Where the next call panics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Never,
    Create,
    Reset,
    KeepIf,
    Drop,
    Retain,
    Check,
}

thread_local! {
    static AT: Cell<At> = const { Cell::new(At::Never) };
    static LIVE: Cell<isize> = const { Cell::new(0) };
}

fn may_panic(at: At) {
    if AT.get() == at {
        AT.set(At::Never);
        panic!("{at:?}");
    }
}

struct Object;

impl Object {
    fn new() -> Self {
        may_panic(At::Create);
        LIVE.set(LIVE.get() + 1);
        Self
    }
}

impl Drop for Object {
    fn drop(&mut self) {
        LIVE.set(LIVE.get() - 1);
        may_panic(At::Drop);
    }
}

fn pool() -> Pool<Object, 2> {
    Pool::lazy(Object::new).reset(|_| may_panic(At::Reset)).keep_if(|_| {
        may_panic(At::KeepIf);
        true
    })
}

/// Calls `f`, which must panic at this place.
#[track_caller]
fn panics(at: At, f: impl FnOnce()) {
    AT.set(at);
    assert!(catch_unwind(AssertUnwindSafe(f)).is_err(), "{at:?} was not reached");
    assert_eq!(AT.get(), At::Never);
}

/// Two objects are to be had, a third is not, and each is dropped once.
#[track_caller]
fn is_whole(pool: Pool<Object, 2>) {
    assert_eq!(
        pool.live(),
        usize::try_from(LIVE.get()).unwrap(),
        "an object is lost, or there twice"
    );
    let both = [pool.try_get(), pool.try_get()];
    assert!(both.iter().all(Result::is_ok), "a permit is lost");
    assert_eq!(pool.try_get().map(drop), Err(TryGetError::Empty));
    drop(both);
    drop(pool);
    assert_eq!(LIVE.get(), 0, "an object was dropped twice, or not at all");
}

#[test]
fn a_panic_in_create_gives_the_permit_back() {
    let pool = pool();
    panics(At::Create, || drop(pool.try_get()));
    panics(At::Create, || drop(pool.get_blocking()));
    panics(At::Create, || _ = pool.prefill(2));
    is_whole(pool);
}

#[test]
fn a_panic_in_reset_or_keep_if_drops_the_object() {
    for at in [At::Reset, At::KeepIf] {
        let pool = pool();
        let other = pool.try_get();
        let object = pool.try_get();
        panics(at, || drop(object));
        assert_eq!(pool.live(), 1, "an object in an unknown state was kept");
        drop(other);
        is_whole(pool);
    }
}

#[test]
fn a_panic_in_the_check_drops_the_object_and_gives_the_permit_back() {
    let pool = pool().check_on_get(|_| {
        may_panic(At::Check);
        true
    });
    pool.prefill(2);
    panics(At::Check, || drop(pool.try_get()));
    assert_eq!(pool.live(), 1, "an object in an unknown state was kept");
    panics(At::Check, || drop(pool.get_blocking()));
    is_whole(pool);
}

#[test]
fn a_panic_in_the_drop_of_what_failed_the_check_gives_the_permit_back() {
    let pool = pool().check_on_get(|_| false);
    pool.prefill(2);
    panics(At::Drop, || drop(pool.try_get()));
    assert_eq!(pool.live(), 1);
    panics(At::Create, || drop(pool.try_get()));
    assert_eq!(pool.live(), 0, "the one that failed the check is gone, and none was made");
    is_whole(pool);
}

#[test]
fn a_place_that_was_not_filled_is_noticed() {
    let pool = Pool::<u64, 1>::init_in_place(|_| Box::leak(Box::new(7)));
    assert!(catch_unwind(AssertUnwindSafe(|| drop(pool.try_get()))).is_err());
    assert_eq!((pool.live(), pool.stats().created), (0, 0), "an object that nobody made");
}

#[test]
fn a_panic_in_drop_gives_the_permit_back() {
    let pool = pool();
    pool.prefill(2);
    panics(At::Drop, || pool.shrink_to(0));
    assert_eq!(pool.live(), 1);
    let object = pool.try_get().unwrap();
    panics(At::Drop, || poolalloc::fixed::Pooled::discard(object));
    is_whole(pool);
}

#[test]
fn a_panic_in_retain_drops_the_object_it_looked_at_and_keeps_the_others() {
    let pool = pool();
    pool.prefill(2);
    AT.set(At::Retain);
    let mut seen = 0;
    let retain = || {
        pool.retain(|_| {
            seen += 1;
            may_panic(At::Retain);
            true
        });
    };
    panics(At::Retain, retain);
    assert_eq!((seen, pool.live(), pool.idle()), (1, 1, 1));
    is_whole(pool);
}

#[test]
fn a_panic_in_drop_while_a_closed_pool_refuses_an_object_loses_nothing() {
    let pool = pool();
    let held = [pool.try_get().unwrap(), pool.try_get().unwrap()];
    pool.close();
    let [first, second] = held;
    panics(At::Drop, || drop(first));
    drop(second);
    assert_eq!((pool.live(), LIVE.get()), (0, 0));
}

#[test]
fn a_waiter_is_served_though_the_object_it_waits_for_panics() {
    let pool = pool();
    let held = [pool.try_get().unwrap(), pool.try_get().unwrap()];
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| pool.get_blocking().is_ok());
        while pool.waiting() == 0 {
            std::thread::yield_now();
        }
        let [first, _second] = held;
        panics(At::Reset, || drop(first));
        assert!(waiter.join().unwrap(), "the permit went elsewhere");
    });
}
