//! `fixed::Get`: the future that waits for an object.

use super::{
    super::{error::Closed, wait::Wait},
    guard::Pooled,
    inner::Inner,
};
use core::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

/// Waits for an object of a fixed pool: see [`Pool::get_async`](super::Pool::get_async).
#[must_use = "a future does nothing before it is polled"]
pub struct Get<'a, T> {
    inner: &'a Inner<T>,
    wait: Wait<'a, Inner<T>>,
}

impl<'a, T> Get<'a, T> {
    #[inline]
    pub(super) fn new(inner: &'a Inner<T>) -> Self {
        Self { inner, wait: Wait::new(inner) }
    }
}

impl<'a, T> Future for Get<'a, T> {
    type Output = Result<Pooled<'a, T>, Closed>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let inner = self.inner;
        // SAFETY: `wait` is pinned with `self`: it is not moved out, and there is no `Drop` here.
        let mut wait = unsafe { self.map_unchecked_mut(|this| &mut this.wait) };
        loop {
            let taken = match wait.as_mut().poll(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Err(Closed)) => return Poll::Ready(Err(Closed)),
                Poll::Ready(Ok(taken)) => taken,
            };
            // SAFETY: the slot was given to this future.
            if let Some(index) = unsafe { inner.filled(taken) } {
                // SAFETY: as above, and there is an object in it.
                return Poll::Ready(Ok(unsafe { Pooled::new(inner, index) }));
            }
        }
    }
}

impl<T> fmt::Debug for Get<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Get").finish_non_exhaustive()
    }
}
