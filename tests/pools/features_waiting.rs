//! What pools elsewhere can do, as far as it is about waiting.

use poolalloc::{GetTimeoutError, Pool};
use std::{
    pin::pin,
    task::{Context, Poll, Waker},
    thread,
    time::Duration,
};

#[test]
fn async_wait() {
    let pool = Pool::builder(|| 0).capacity(1).build();
    let held = pool.try_get().unwrap();
    let mut wait = pin!(pool.get_async());
    let context = &mut Context::from_waker(Waker::noop());
    assert!(wait.as_mut().poll(context).is_pending());
    drop(held);
    let Poll::Ready(Ok(object)) = wait.poll(context) else { panic!("an object is free") };
    assert_eq!(*object, 0);
}

#[test]
fn blocking_wait_and_timeout() {
    let pool = Pool::builder(|| 0).capacity(1).build();
    let held = pool.try_get().unwrap();
    let timeout = pool.get_timeout(Duration::from_millis(1));
    assert_eq!(timeout.unwrap_err(), GetTimeoutError::Timeout);
    thread::scope(|scope| {
        let waiting = scope.spawn(|| pool.get_blocking().map(|n| *n));
        drop(held);
        assert_eq!(waiting.join().unwrap(), Ok(0));
    });
}

#[test]
fn fifo_fair_cancel_safe_waiting() {
    let pool = Pool::builder(|| 0).capacity(1).build();
    let held = pool.try_get().unwrap();
    let context = &mut Context::from_waker(Waker::noop());
    let mut waits: Vec<_> = (0..3).map(|_| Box::pin(pool.get_async())).collect();
    waits.iter_mut().for_each(|wait| assert!(wait.as_mut().poll(context).is_pending()));
    // The first gives up, so the second is next; who comes late does not overtake.
    drop(waits.remove(0));
    drop(held);
    assert!(pool.try_get().is_err());
    let Poll::Ready(Ok(second)) = waits[0].as_mut().poll(context) else { panic!("not first") };
    assert!(waits[1].as_mut().poll(context).is_pending());
    drop(second);
    assert!(waits[1].as_mut().poll(context).is_ready());
}
