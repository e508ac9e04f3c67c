//! Threads that share pools, in the ways that meet each step of their protocols: an order that a pool
//! lacks is a race on what is in its objects.
//!
//! Each function panics if an object was lost, or has two holders.

use crate::threads::{Seat, in_threads};
use poolalloc::{Pool, Pooled, PooledArc, fixed, recycled};
use std::{
    array,
    pin::pin,
    sync::atomic::{AtomicBool, Ordering},
    task::{Context, Waker},
    thread,
    time::Duration,
};

const THREADS: usize = 3;
const ROUNDS: u64 = 5_000;

/// What is pooled: plain words, all of one value, which each holder reads and writes.
#[derive(Debug, Default)]
struct Plain([u64; 4]);

impl Plain {
    fn look(&self) {
        assert!(self.0.iter().all(|word| *word == self.0[0]), "an object has two holders");
    }

    fn use_it(&mut self) {
        self.look();
        self.0 = [self.0[0] + 1; 4];
    }
}

/// Reads the object once more, as the `Drop` of a real one would.
impl Drop for Plain {
    fn drop(&mut self) {
        self.look();
    }
}

/// Without a capacity, so with shards; and with one.
fn pools() -> [Pool<Plain>; 2] {
    let new = || Pool::builder(Plain::default).reset(Plain::use_it);
    [new().build(), new().capacity(4).build()]
}

fn fixed_pool() -> fixed::Pool<Plain, 4> {
    fixed::Pool::lazy(Plain::default).reset(Plain::use_it)
}

/// Runs `work(thread, next, before)` in threads that stand in a ring: what one leaves in its seat
/// `next` is in the seat `before` of the following one.
fn in_a_ring<T: Send>(work: impl Fn(usize, &Seat<T>, &Seat<T>) + Sync) {
    let seats: [Seat<T>; THREADS] = array::from_fn(|_| Seat::default());
    in_threads(THREADS, |thread| work(thread, &seats[thread], &seats[(thread + 1) % THREADS]));
}

/// What one thread gets another one releases.
pub fn objects_go_round() {
    for pool in pools() {
        in_a_ring(|_, next, before| {
            for _ in 0..ROUNDS {
                let mut object = pool.get();
                object.use_it();
                drop(next.put(object));
                pool.get().use_it();
                before.take().into_iter().for_each(|mut object| object.use_it());
            }
        });
        assert_eq!(pool.stats().idle, pool.stats().live, "an object is lost");
    }
    let pool = fixed_pool();
    in_a_ring(|_, next, before| {
        for _ in 0..ROUNDS {
            if let Ok(mut object) = pool.try_get() {
                object.use_it();
                drop(next.put(object));
            }
            before.take().into_iter().for_each(|mut object| object.use_it());
        }
    });
    assert_eq!(pool.idle(), pool.live(), "an object is lost");
}

/// The same with what `recycled` gives, which goes to the thread that drops it.
pub fn recycled_objects_go_round() {
    in_a_ring(|_, next, before| {
        for round in 0..ROUNDS {
            let mut numbers: Pooled<Vec<u64>> = recycled();
            numbers.push(round);
            drop(next.put(numbers));
            before.take().into_iter().for_each(|mut numbers| numbers.push(round));
        }
    });
}

/// One thread looks at what the others use, and takes it away: it visits their shards.
pub fn a_visitor_looks_at_all_that_is_idle() {
    for pool in pools() {
        let is_over = AtomicBool::new(false);
        in_threads(THREADS, |thread| {
            // The last one visits: it starts when the others are at work.
            if thread < THREADS - 1 {
                // Relaxed: it puts nothing in order.
                while !is_over.load(Ordering::Relaxed) {
                    let (mut first, mut second) = (pool.get(), pool.get());
                    first.use_it();
                    second.use_it();
                }
                return;
            }
            for round in 0..ROUNDS {
                match round % 50 {
                    0 => pool.retain(|object| {
                        object.use_it();
                        round % 100 == 0
                    }),
                    10 => pool.shrink_to(1),
                    20 => drop(pool.prefill(2)),
                    30 => drop(pool.put(Plain::default())),
                    40 => assert!(pool.stats().idle < 1000, "too many objects are idle"),
                    _ => pool.get().use_it(),
                }
            }
            is_over.store(true, Ordering::Relaxed);
        });
    }
}

/// Threads wait for few objects, give up, and take what is there.
pub fn waiters_are_served() {
    let pool = Pool::builder(Plain::default).capacity(2).build();
    let fixed = fixed::Pool::<Plain, 2>::lazy(Plain::default);
    let context = || Context::from_waker(Waker::noop());
    in_threads(THREADS, |thread| {
        for round in 0..ROUNDS {
            let time = Duration::from_micros(round % 50);
            match thread {
                0 => {
                    pool.get_blocking().unwrap().use_it();
                    fixed.get_blocking().unwrap().use_it();
                }
                1 => {
                    pool.get_timeout(time).into_iter().for_each(|mut object| object.use_it());
                    fixed.get_timeout(time).into_iter().for_each(|mut object| object.use_it());
                }
                _ => {
                    let mut given_up = (pin!(pool.get_async()), pin!(fixed.get_async()));
                    drop(given_up.0.as_mut().poll(&mut context()));
                    drop(given_up.1.as_mut().poll(&mut context()));
                    pool.try_get().into_iter().for_each(|mut object| object.use_it());
                    fixed.try_get().into_iter().for_each(|mut object| object.use_it());
                }
            }
        }
    });
    assert_eq!((pool.stats().waiting, fixed.waiting()), (0, 0));
    assert!(pool.try_get().is_ok() && fixed.try_get().is_ok(), "a permit is lost");
}

/// What a thread leaves when it ends is found by those that run on and by those that come later,
/// which take on its shards.
pub fn threads_that_end_leave_their_objects() {
    const SHORT_THREADS: usize = 12;
    for pool in pools() {
        for _ in 0..ROUNDS / 25 {
            let left: [Seat<Pooled<Plain>>; SHORT_THREADS] = array::from_fn(|_| Seat::default());
            in_threads(SHORT_THREADS, |thread| {
                let mut held = [(); 4].map(|()| pool.get());
                held.iter_mut().for_each(|object| object.use_it());
                let [first, second, ..] = held;
                drop(left[thread].put(first));
                drop(second);
                // Of one that is perhaps at its end.
                let before = &left[thread.saturating_sub(1)];
                before.take().into_iter().for_each(|mut object| object.use_it());
            });
        }
        assert!(pool.stats().live <= 8 * SHORT_THREADS, "objects of threads that ended are lost");
    }
}

/// One thread makes a pool and gives another one a handle: the first slots are made while both look
/// for them, and the last one that lets go of something drops all.
pub fn pools_go_round() {
    in_a_ring(|_, next, before| {
        let hold_some = |pool: &Pool<Plain>| {
            let mut held = [(); 4].map(|()| pool.get());
            held.iter_mut().for_each(|object| object.use_it());
        };
        for _ in 0..ROUNDS / 10 {
            for pool in pools() {
                drop(next.put(pool.clone()));
                hold_some(&pool);
                before.take().iter().for_each(hold_some);
            }
        }
    });
}

/// A pool is closed while others get, wait and release; then the last handle goes before the last
/// object, which drops what is left.
pub fn a_pool_goes_while_others_use_it() {
    for _ in 0..ROUNDS / 50 {
        for pool in pools() {
            let handles: [Seat<Pool<Plain>>; THREADS] = array::from_fn(|_| Seat::default());
            handles.iter().for_each(|handle| drop(handle.put(pool.clone())));
            drop(pool);
            in_a_ring(|thread, next, before| {
                let pool = handles[thread].wait();
                let get = || match thread {
                    0 => pool.get_blocking().ok(),
                    _ => pool.try_get().ok(),
                };
                let mut left = pool.get();
                for round in 0.. {
                    if thread == 1 && round == 20 {
                        pool.close();
                    }
                    match get() {
                        Some(mut object) => object.use_it(),
                        None if pool.is_closed() => break,
                        None => thread::yield_now(),
                    }
                }
                left.use_it();
                drop(next.put(left));
                drop(pool);
                before.wait().use_it();
            });
        }
    }
}

/// Many read an object; the last one that lets go makes it ready for reuse, which writes it.
pub fn the_last_holder_returns_a_shared_object() {
    for pool in pools() {
        in_a_ring(|_, next, before| {
            for _ in 0..ROUNDS {
                let shared = Pooled::into_shared(pool.get());
                drop(next.put(shared.clone()));
                shared.clone().look();
                drop(shared);
                if let Some(mut shared) = before.take() {
                    shared.clone().look();
                    // Who is the last one already writes it.
                    PooledArc::get_mut(&mut shared).into_iter().for_each(Plain::use_it);
                }
            }
        });
        assert_eq!(pool.stats().idle, pool.stats().live, "an object is lost");
    }
    let pool = fixed_pool();
    in_a_ring(|_, next, before| {
        for _ in 0..ROUNDS {
            if let Ok(object) = pool.try_get() {
                let shared = fixed::Pooled::into_shared(object);
                drop(next.put(shared.clone()));
                shared.clone().look();
            }
            if let Some(mut shared) = before.take() {
                shared.clone().look();
                fixed::PooledArc::get_mut(&mut shared).into_iter().for_each(Plain::use_it);
            }
        }
    });
    assert_eq!(pool.idle(), pool.live(), "an object is lost");
}
