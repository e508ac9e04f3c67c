//! The future that waits for a slot.

use super::{
    error::{Closed, TryGetError},
    gate::{Gate, Links, Released, Taken},
    queue::Waiter,
};
use core::{
    cell::Cell,
    pin::Pin,
    task::{Context, Poll},
};

/// A gate, the slots behind it, and how objects in them are dropped.
pub(crate) trait Store: Links {
    /// How callers name a slot.
    type Slot;

    fn gate(&self) -> &Gate;

    /// The slot of an index that was taken.
    fn slot(&self, index: u32) -> Self::Slot;

    /// Drops the object in a slot.
    ///
    /// # Safety
    ///
    /// There is one, and the caller holds the slot.
    unsafe fn drop_object(&self, index: u32);
}

/// What a store does with slots that come back; each is the caller's to give back.
pub(crate) trait GiveBack: Store {
    /// Gives back a slot with its object: to the first waiter, or it becomes idle; if it was
    /// refused, the object is dropped.
    ///
    /// # Safety
    ///
    /// The caller holds the slot, and there is an object in it.
    #[inline]
    unsafe fn release(&self, index: u32) {
        if self.gate().release(self.link(index), index) == Released::Refused {
            // SAFETY: the caller's promise; a refused slot is still held.
            unsafe { self.drop_refused(index) };
        }
    }

    /// Gives back a slot, and drops its object first.
    ///
    /// # Safety
    ///
    /// As [`release`](Self::release).
    #[cold]
    unsafe fn discard(&self, index: u32) {
        // The permit comes back even if the drop panics.
        let _vacant = Vacant { store: self, index };
        // SAFETY: the caller's promise.
        unsafe { self.drop_object(index) };
    }

    /// Drops the object of a slot that was refused.
    ///
    /// # Safety
    ///
    /// As [`release`](Self::release); the slot was refused.
    #[cold]
    unsafe fn drop_refused(&self, index: u32) {
        struct Retire<'a, S: Store + ?Sized>(&'a S, u32);
        impl<S: Store + ?Sized> Drop for Retire<'_, S> {
            fn drop(&mut self) {
                self.0.gate().retire(self.0, self.1);
            }
        }
        // Even if the drop panics.
        let _retire = Retire(self, index);
        // SAFETY: the caller's promise.
        unsafe { self.drop_object(index) };
    }
}

impl<S: Store + ?Sized> GiveBack for S {}

/// A slot that is held and has no object in it; it is given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Vacant<'a, S: Store + ?Sized> {
    pub(crate) store: &'a S,
    pub(crate) index: u32,
}

impl<S: Store + ?Sized> Vacant<'_, S> {
    /// The slot has an object now and is the caller's to give back.
    pub(crate) fn filled(self) -> u32 {
        core::mem::ManuallyDrop::new(self).index
    }
}

impl<S: Store + ?Sized> Drop for Vacant<'_, S> {
    fn drop(&mut self) {
        self.store.gate().release_vacant(self.store, self.index);
    }
}

/// Resolves to a slot, or to [`Closed`]. First come, first served.
///
/// Dropping it is always fine: what it was given and did not return goes to the next waiter. After
/// it is ready it may be polled again, for another slot.
#[derive(Debug)]
pub(crate) struct Wait<'a, S: Store + ?Sized> {
    store: &'a S,
    waiter: Waiter,
    /// True from `Gate::enter` to the answer.
    entered: Cell<bool>,
}

impl<'a, S: Store + ?Sized> Wait<'a, S> {
    pub(crate) fn new(store: &'a S) -> Self {
        Self { store, waiter: Waiter::new(), entered: Cell::new(false) }
    }
}

impl<S: Store + ?Sized> Future for Wait<'_, S> {
    type Output = Result<Taken<S::Slot>, Closed>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if !self.entered.get() {
            match self.store.gate().take(self.store) {
                Ok(taken) => return Poll::Ready(Ok(taken.map(|index| self.store.slot(index)))),
                Err(TryGetError::Closed) => return Poll::Ready(Err(Closed)),
                Err(TryGetError::Empty) => {}
            }
        }
        self.into_ref().poll_queue(context)
    }
}

impl<S: Store + ?Sized> Wait<'_, S> {
    #[cold]
    fn poll_queue(self: Pin<&Self>, context: &Context<'_>) -> Poll<Result<Taken<S::Slot>, Closed>> {
        let (gate, this) = (self.store.gate(), self.get_ref());
        // Before the lock is taken: it is the executor's code.
        let waker = context.waker().clone();
        let answer = if this.entered.get() {
            // SAFETY: the waiter was entered, and there was no answer yet.
            unsafe { gate.ask(&this.waiter, waker) }
        } else {
            // SAFETY: the waiter is in no queue and pinned; `drop` makes it leave.
            unsafe { gate.enter(this.store, &this.waiter, waker) }
        };
        this.entered.set(answer.is_none());
        match answer {
            Some(answer) => {
                Poll::Ready(answer.map(|taken| taken.map(|index| this.store.slot(index))))
            }
            None => Poll::Pending,
        }
    }
}

impl<S: Store + ?Sized> Drop for Wait<'_, S> {
    fn drop(&mut self) {
        if !self.entered.get() {
            return;
        }
        // SAFETY: the waiter was entered, and there was no answer yet.
        match unsafe { self.store.gate().leave(&self.waiter) } {
            // SAFETY: the slot was given to this waiter, with its object.
            Some(Taken::Idle(index)) => unsafe { self.store.release(index) },
            Some(Taken::Vacant(index)) => drop(Vacant { store: self.store, index }),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests;
