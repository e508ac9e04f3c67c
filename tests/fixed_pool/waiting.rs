//! Waiting for an object: tasks and threads.

use poolalloc::{Closed, GetTimeoutError, TryGetError, fixed::Pool};
use std::{
    future::Future,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll, Wake, Waker},
    thread,
    time::Duration,
};

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Relaxed);
    }
}

fn noop() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

#[test]
fn a_free_object_is_ready_at_the_first_poll() {
    let pool = Pool::new([5]);
    let Poll::Ready(got) = pin!(pool.get_async()).poll(&mut noop()) else {
        panic!("an object is free")
    };
    assert_eq!(got.as_deref(), Ok(&5));
}

#[test]
fn a_released_object_is_handed_to_the_first_waiter() {
    let pool = Pool::new([5]);
    let held = pool.try_get().unwrap();
    let count = Arc::new(Count::default());
    let waker = Waker::from(count.clone());
    let (mut first, mut second) = (pin!(pool.get_async()), pin!(pool.get_async()));
    assert!(first.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    assert!(second.as_mut().poll(&mut noop()).is_pending());
    assert_eq!((pool.waiting(), count.0.load(Relaxed)), (2, 0));
    drop(held);
    assert_eq!((pool.waiting(), count.0.load(Relaxed)), (1, 1));
    assert_eq!(pool.try_get().unwrap_err(), TryGetError::Empty, "someone barged in");
    assert!(second.as_mut().poll(&mut noop()).is_pending());
    let Poll::Ready(Ok(got)) = first.poll(&mut noop()) else { panic!("it was handed the object") };
    drop(got);
    assert!(second.poll(&mut noop()).is_ready());
}

#[test]
fn a_waiter_whose_object_fails_the_check_has_a_new_one_in_its_turn() {
    let pool = Pool::<_, 1>::lazy(|| 0).check_on_get(|object| *object == 0);
    let mut held = pool.try_get().unwrap();
    let (mut first, mut second) = (pin!(pool.get_async()), pin!(pool.get_async()));
    assert!(first.as_mut().poll(&mut noop()).is_pending());
    assert!(second.as_mut().poll(&mut noop()).is_pending());
    *held = 1;
    drop(held);
    let Poll::Ready(Ok(got)) = first.poll(&mut noop()) else { panic!("it lost its turn") };
    assert_eq!((*got, pool.stats().created), (0, 2));
    drop(got);
    assert!(second.poll(&mut noop()).is_ready());
}

#[test]
fn a_waiter_waits_on_if_its_object_fails_the_check_and_none_can_be_made() {
    let pool = Pool::new([1, 0]).check_on_get(|object| *object == 0);
    let mut held = [(); 1].map(|()| pool.try_get().unwrap());
    let mut wait = pin!(pool.get_async());
    assert!(wait.as_mut().poll(&mut noop()).is_pending());
    *held[0] = 1;
    drop(held);
    assert!(wait.as_mut().poll(&mut noop()).is_pending(), "what fails the check is not handed out");
    pool.put(0).unwrap();
    assert!(wait.poll(&mut noop()).is_ready(), "the place is lost");
}

/// lock_pool wrote through a pointer into the dropped future.
#[test]
fn a_cancelled_wait_is_forgotten() {
    let pool = Pool::new([0_u64]);
    let held = pool.try_get().unwrap();
    let mut wait = Box::pin(pool.get_async());
    assert!(wait.as_mut().poll(&mut noop()).is_pending());
    drop(wait);
    let other = vec![0xff_u8; 512];
    drop(held);
    assert!(other.iter().all(|byte| *byte == 0xff), "a byte of another object was written");
    assert!(pool.try_get().is_ok());
}

/// lock_pool lost wake-ups: rounds of two tasks, each takes the one object.
#[test]
fn two_tasks_that_share_one_object_never_sleep_both() {
    static POOL: Pool<u64, 1> = Pool::new([0]);
    let work = || {
        for _ in 0..20_000 {
            *POOL.get_blocking().unwrap() += 1;
        }
    };
    thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
    assert_eq!(*POOL.try_get().unwrap(), 40_000);
}

/// lock_pool had a `MAX_WAITERS`, and spun beyond it.
#[test]
fn there_is_no_limit_on_waiters_and_they_are_served_in_order() {
    let pool = Pool::new([0]);
    let held = pool.try_get().unwrap();
    let mut waits: Vec<_> = (0..10_000).map(|_| Box::pin(pool.get_async())).collect();
    for wait in &mut waits {
        assert!(wait.as_mut().poll(&mut noop()).is_pending());
    }
    drop(held);
    for (place, mut wait) in waits.into_iter().enumerate() {
        let Poll::Ready(Ok(mut got)) = wait.as_mut().poll(&mut noop()) else {
            panic!("waiter {place} is next")
        };
        assert_eq!(*got, place);
        *got += 1;
    }
}

#[test]
fn a_wait_that_was_ready_may_be_polled_for_another_object() {
    let pool = Pool::new([1, 2]);
    let mut wait = pin!(pool.get_async());
    let (first, second) = (wait.as_mut().poll(&mut noop()), wait.as_mut().poll(&mut noop()));
    assert!(first.is_ready() && second.is_ready());
    assert!(wait.as_mut().poll(&mut noop()).is_pending());
    drop(first);
    assert!(wait.poll(&mut noop()).is_ready());
}

#[test]
fn a_timeout_ends_a_wait_and_leaves_nothing_behind() {
    let pool = Pool::new([5]);
    assert_eq!(pool.get_timeout(Duration::ZERO).as_deref(), Ok(&5));
    let held = pool.try_get().unwrap();
    for timeout in [Duration::ZERO, Duration::from_millis(5)] {
        assert_eq!(pool.get_timeout(timeout).unwrap_err(), GetTimeoutError::Timeout);
    }
    assert_eq!(pool.waiting(), 0);
    drop(held);
    assert_eq!(pool.get_timeout(Duration::MAX).as_deref(), Ok(&5));
}

#[test]
fn close_wakes_threads_and_tasks_that_wait() {
    let pool = Pool::new([5]);
    let held = pool.try_get().unwrap();
    thread::scope(|scope| {
        let blocked = scope.spawn(|| pool.get_blocking().map(drop));
        let timed = scope.spawn(|| pool.get_timeout(Duration::MAX).map(drop));
        let mut task = pin!(pool.get_async());
        assert!(task.as_mut().poll(&mut noop()).is_pending());
        while pool.waiting() < 3 {
            thread::yield_now();
        }
        pool.close();
        assert_eq!(blocked.join().unwrap(), Err(Closed));
        assert_eq!(timed.join().unwrap(), Err(GetTimeoutError::Closed));
        assert!(matches!(task.poll(&mut noop()), Poll::Ready(Err(Closed))));
    });
    drop(held);
    assert_eq!(pool.live(), 0);
}

#[test]
fn errors_say_what_happened() {
    assert_eq!(TryGetError::Empty.to_string(), "all objects of the pool are in use");
    assert_eq!(TryGetError::from(Closed).to_string(), Closed.to_string());
    assert_eq!(GetTimeoutError::from(Closed).to_string(), "the pool is closed");
    assert_eq!(GetTimeoutError::Timeout.to_string(), "no object of the pool was released in time");
}
