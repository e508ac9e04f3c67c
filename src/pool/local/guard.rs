//! `local::Pooled`: an object in use.

extern crate std;

use super::{
    slot::{self, Held},
    store,
};
use crate::pool::{error::TryGetError, traits::like_its_object};
use core::{
    cell::Cell,
    marker::PhantomData,
    mem,
    ops::{Deref, DerefMut},
    pin::Pin,
    ptr::NonNull,
};

/// An object of a local [`Pool`](super::Pool), in use until this is dropped. One word.
#[must_use = "an object goes back at once if its guard is not kept"]
#[repr(transparent)]
pub struct Pooled<T> {
    /// This holds the slot, which has its object.
    slot: Held<T>,
    /// It owns a `T` that others get later: one with a shorter lifetime in it must not pass for it.
    owns: PhantomData<Cell<T>>,
}

impl<T> Pooled<T> {
    /// # Safety
    ///
    /// The caller held the slot, with its object, and leaves it to the guard.
    #[inline(always)]
    pub(super) unsafe fn from_slot(slot: Held<T>) -> Self {
        Self { slot, owns: PhantomData }
    }

    fn into_slot(this: Self) -> Held<T> {
        let slot = this.slot;
        mem::forget(this);
        slot
    }

    /// Takes the object out of the pool. With a capacity, its place is free then.
    pub fn detach(this: Self) -> T {
        // SAFETY: the slot was the guard's.
        unsafe { store::detach(Self::into_slot(this)) }
    }

    /// Drops the object instead of giving it back.
    pub fn discard(this: Self) {
        // SAFETY: the slot was the guard's.
        unsafe { store::discard(Self::into_slot(this)) };
    }

    /// Pins the object, which never moves anyway. It is dropped in its place when it is released.
    #[must_use]
    pub fn into_pin(this: Self) -> Pin<Self> {
        // SAFETY: the slot is the guard's.
        unsafe { store::pin(this.slot) };
        // SAFETY: the slot never moves, and the object is dropped before its place is used again.
        unsafe { Pin::new_unchecked(this) }
    }

    /// The object as a pointer; it stays in use until [`from_raw`](Self::from_raw).
    #[must_use = "the object is lost without `from_raw`"]
    pub fn into_raw(this: Self) -> NonNull<T> {
        slot::value(Self::into_slot(this))
    }

    /// The guard of an object.
    ///
    /// # Safety
    ///
    /// `object` came from [`into_raw`](Self::into_raw) of the same type, in this thread, and this is
    /// done once.
    pub unsafe fn from_raw(object: NonNull<T>) -> Self {
        // SAFETY: the caller's promise.
        let slot = unsafe { slot::of_value(object) };
        // SAFETY: the guard that it came from left the slot to the caller.
        unsafe { Self::from_slot(slot) }
    }

    /// As `clone`, within the capacity of the pool.
    ///
    /// # Errors
    ///
    /// As many objects are in use as the pool may have, or it is closed.
    pub fn try_clone(this: &Self) -> Result<Self, TryGetError>
    where
        T: Clone,
    {
        // SAFETY: the slot is there, so its store is.
        unsafe { slot::store_of(this.slot) }.may_get()?;
        Ok(this.clone())
    }
}

impl<T> Drop for Pooled<T> {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: the guard holds the slot with its object, and is gone.
        unsafe { store::release(self.slot) };
    }
}

impl<T> Deref for Pooled<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: the guard holds the slot with its object.
        unsafe { slot::value(self.slot).as_ref() }
    }
}

impl<T> DerefMut for Pooled<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the guard holds the slot with its object.
        unsafe { slot::value(self.slot).as_mut() }
    }
}

like_its_object!(Pooled, mutable);

/// Takes an object of the same pool, and makes it equal to this one. Where nothing is idle there is
/// one object more, in a pool with a capacity also beyond it.
impl<T: Clone> Clone for Pooled<T> {
    fn clone(&self) -> Self {
        // SAFETY: the slot is there, so its store is.
        let store = unsafe { slot::store_of(self.slot) };
        if let Some(slot) = store.take_idle() {
            // SAFETY: taken just now.
            let mut clone = unsafe { Self::from_slot(slot) };
            T::clone_from(&mut clone, self);
            return clone;
        }
        let fill = |place: &mut mem::MaybeUninit<T>| {
            place.write(T::clone(self));
            Ok(())
        };
        match store.fill_new::<core::convert::Infallible>(fill) {
            // SAFETY: made just now.
            Ok(slot) => unsafe { Self::from_slot(slot) },
            Err(never) => match never {},
        }
    }
}
