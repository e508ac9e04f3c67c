//! The future that gets an object.

use super::{Inner, Miss};
use crate::pool::{
    error::{Closed, TryGetError},
    guard::Pooled,
    store::WaitForSeat,
};
use core::{
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll, ready},
};

/// Resolves to an object; first come, first served. Where one is free that is all there is to it: what
/// waits is made when there is something to wait for. After it is ready it may be polled again, for
/// another object.
///
/// * `R`: what is said if there is none.
pub(crate) struct Get<'a, T, E, R> {
    inner: &'a Inner<T, E>,
    wait: Option<WaitForSeat<'a, T>>,
    says: PhantomData<fn() -> R>,
}

impl<'a, T, E, R> Get<'a, T, E, R> {
    pub(crate) fn new(inner: &'a Inner<T, E>) -> Self {
        Self { inner, wait: None, says: PhantomData }
    }
}

impl<T, E, R: From<Miss<Closed, E>>> Future for Get<'_, T, E, R> {
    type Output = Result<Pooled<T>, R>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.wait.is_none() {
            // Not barging: while somebody waits nothing is idle.
            match self.inner.try_get() {
                Ok(guard) => return Poll::Ready(Ok(guard)),
                Err(Miss::Refused(TryGetError::Empty)) => {}
                Err(Miss::Refused(TryGetError::Closed)) => {
                    return Poll::Ready(Err(Miss::Refused(Closed).into()));
                }
                Err(Miss::Create(error)) => return Poll::Ready(Err(Miss::Create(error).into())),
            }
        }
        self.poll_queue(context)
    }
}

impl<T, E, R: From<Miss<Closed, E>>> Get<'_, T, E, R> {
    #[cold]
    fn poll_queue(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<Pooled<T>, R>> {
        // SAFETY: nothing is moved out of it, and `wait` stays where it is once it is there.
        let this = unsafe { self.get_unchecked_mut() };
        let store = &this.inner.store;
        // Without a capacity there is always an object, until the pool is closed.
        let Some(seats) = &store.seats else {
            return Poll::Ready(Err(Miss::Refused(Closed).into()));
        };
        let wait = this.wait.get_or_insert_with(|| seats.bounded.wait());
        // SAFETY: pinned as a part of what is.
        let taken = ready!(unsafe { Pin::new_unchecked(wait) }.poll(context));
        Poll::Ready(match taken.map(|taken| store.occupy(seats, taken, this.inner.init())) {
            // SAFETY: taken just now.
            Ok(Ok(slot)) => Ok(unsafe { Pooled::from_slot(slot) }),
            Ok(Err(error)) => Err(Miss::Create(error).into()),
            Err(closed) => Err(Miss::Refused(closed).into()),
        })
    }
}

// Or a queue would have the address of what moved away.
#[cfg(test)]
static_assertions::assert_not_impl_any!(Get<'static, u8, (), Miss<Closed, ()>>: Unpin);
