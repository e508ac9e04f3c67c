//! User code that panics loses no permit and holds no lock.

use crate::Counted;
use poolalloc::{Builder, Pool, local};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

/// Panics while it is armed.
#[derive(Clone, Default)]
struct Bomb(Arc<AtomicBool>);

impl Bomb {
    fn arm(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn go_off(&self) {
        assert!(!self.0.swap(false, Ordering::Relaxed), "armed");
    }
}

struct DropsBomb(Bomb, #[expect(dead_code, reason = "is dropped")] Counted);

impl Drop for DropsBomb {
    fn drop(&mut self) {
        self.0.go_off();
    }
}

fn panics(f: impl FnOnce()) {
    assert!(catch_unwind(AssertUnwindSafe(f)).is_err(), "nothing panicked");
}

/// With and without a capacity of one.
fn both<T: Send>(make: impl Fn() -> Builder<T>) -> [Pool<T>; 2] {
    [make().build(), make().capacity(1).build()]
}

#[test]
fn a_panic_in_the_factory_gives_the_permit_back() {
    let bomb = Bomb::default();
    for pool in both(|| {
        let bomb = bomb.clone();
        Pool::builder(move || bomb.go_off())
    }) {
        bomb.arm();
        panics(|| drop(pool.get()));
        bomb.arm();
        panics(|| drop(pool.try_get()));
        bomb.arm();
        panics(|| drop(pool.get_blocking()));
        assert!(pool.try_get().is_ok(), "a permit is lost");
        assert_eq!(pool.stats().live, 1);
    }
}

#[test]
fn a_panic_in_reset_or_keep_if_discards_the_object_and_gives_the_permit_back() {
    let alive = Arc::new(AtomicUsize::new(0));
    let bomb = Bomb::default();
    let make = |in_reset: bool| {
        let (bomb, alive) = (bomb.clone(), alive.clone());
        let builder = Pool::builder(move || Counted::new(&alive));
        if in_reset {
            builder.reset(move |_| bomb.go_off())
        } else {
            builder.keep_if(move |_| {
                bomb.go_off();
                true
            })
        }
    };
    for in_reset in [false, true] {
        for pool in both(|| make(in_reset)) {
            let object = pool.try_get().unwrap();
            bomb.arm();
            panics(|| drop(object));
            assert_eq!(alive.load(Ordering::Relaxed), 0, "the object is kept or lost");
            drop(pool.try_get().expect("a permit is lost"));
            assert_eq!((pool.stats().idle, pool.stats().live), (1, 1));
        }
    }
}

#[test]
fn a_panic_in_check_discards_the_object_and_gives_the_permit_back() {
    let bomb = Bomb::default();
    for pool in both(|| {
        let bomb = bomb.clone();
        Pool::builder(|| 0).check_on_get(move |_| {
            bomb.go_off();
            true
        })
    }) {
        drop(pool.get());
        bomb.arm();
        panics(|| drop(pool.get()));
        assert_eq!(pool.stats().live, 0);
        assert!(pool.try_get().is_ok(), "a permit is lost");
    }
}

#[test]
fn a_panic_in_drop_loses_neither_the_slot_nor_the_other_objects() {
    let alive = Arc::new(AtomicUsize::new(0));
    let bomb = Bomb::default();
    for pool in both(|| {
        let (bomb, alive) = (bomb.clone(), alive.clone());
        Pool::builder(move || DropsBomb(bomb.clone(), Counted::new(&alive)))
    }) {
        let object = pool.try_get().unwrap();
        bomb.arm();
        panics(|| poolalloc::Pooled::discard(object));
        drop(pool.try_get().expect("a permit is lost"));
        bomb.arm();
        panics(|| pool.shrink_to(0));
        assert_eq!(pool.stats().live, 0);
        let more = [pool.get(), pool.get(), pool.get()];
        drop(more);
        bomb.arm();
        panics(|| drop(pool));
        assert_eq!(alive.load(Ordering::Relaxed), 0, "a panic of one kept the others");
    }
}

#[test]
fn a_panic_in_retain_keeps_those_that_passed() {
    for pool in both(|| Pool::builder(|| 0)) {
        drop(pool.get());
        panics(|| pool.retain(|_| panic!("in retain")));
        assert_eq!(pool.stats().live, 0);
        assert!(pool.try_get().is_ok());
    }
}

#[test]
fn a_local_pool_survives_panics_too() {
    let bomb = Bomb::default();
    let (in_create, in_reset) = (bomb.clone(), bomb.clone());
    let pool = local::Pool::builder(move || in_create.go_off())
        .reset(move |()| in_reset.go_off())
        .capacity(1)
        .build();
    bomb.arm();
    panics(|| drop(pool.try_get()));
    let object = pool.try_get().unwrap();
    bomb.arm();
    panics(|| drop(object));
    assert_eq!(pool.stats().live, 0);
    assert!(pool.try_get().is_ok());
}

#[test]
fn hooks_may_use_the_pool_that_calls_them() {
    static POOL: Pool<Vec<u8>> = Pool::of();
    let pool = Pool::builder(|| POOL.get())
        .reset(|buffer| {
            let _another = POOL.get();
            buffer.clear();
        })
        .build();
    let (mut outer, inner) = (pool.get(), pool.get());
    outer.push(1);
    drop((outer, inner));
    assert_eq!(pool.stats().idle, 2);
}
