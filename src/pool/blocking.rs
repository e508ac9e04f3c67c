//! Waiting without an executor: the calling thread sleeps.

extern crate std;

use core::{
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
    time::Duration,
};
use std::{
    sync::Arc,
    task::Wake,
    thread::{self, Thread},
    time::Instant,
};

/// Wakes a thread that is parked.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}

/// Polls the future until it is ready; in between the thread sleeps.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        // Without a deadline it returns when the future is ready.
        if let Some(output) = poll_and_sleep(future.as_mut(), None) {
            return output;
        }
    }
}

/// Like [`block_on`], but `None` when the time is over; what is there by then is still taken.
pub(crate) fn block_for<F: Future>(future: F, time: Duration) -> Option<F::Output> {
    // A time that no clock reaches is for ever.
    poll_and_sleep(pin!(future), Instant::now().checked_add(time))
}

/// `None`: the deadline has passed.
fn poll_and_sleep<F: Future>(
    mut future: Pin<&mut F>,
    deadline: Option<Instant>,
) -> Option<F::Output> {
    // Mostly this is all, and needs no waker that works.
    let noop = &mut Context::from_waker(Waker::noop());
    if let Poll::Ready(output) = future.as_mut().poll(noop) {
        return Some(output);
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        // Before the poll, so that one comes after the deadline.
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return Some(output);
        }
        match left {
            None => thread::park(),
            Some(Duration::ZERO) => return None,
            Some(left) => thread::park_timeout(left),
        }
    }
}
