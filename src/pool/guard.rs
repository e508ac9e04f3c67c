//! `Pooled`: an object in use.

extern crate std;

use super::{
    error::TryGetError,
    slot::{self, Held},
    store,
    traits::like_its_object,
};
use core::{
    cell::Cell,
    convert::Infallible,
    marker::PhantomData,
    mem::{self, MaybeUninit},
    ops::{Deref, DerefMut},
    pin::Pin,
    ptr::NonNull,
};

/// An object of a [`Pool`](crate::Pool), or from [`recycled`](crate::recycled), in use until this
/// is dropped. Then it goes home, from any thread.
///
/// One word. It owns the object: it may outlive the pool, and go to other threads if `T` may.
#[must_use = "an object goes back at once if its guard is not kept"]
#[repr(transparent)]
pub struct Pooled<T> {
    /// This holds the slot, which has its object.
    slot: Held<T>,
    /// It owns a `T` that others get later: one with a shorter lifetime in it must not pass for it.
    owns: PhantomData<Cell<T>>,
}

// SAFETY: the guard owns its object. Hooks that run where it is dropped are `Send` and `Sync`, and
// ambient ones are functions.
unsafe impl<T: Send> Send for Pooled<T> {}
// SAFETY: a reference to the guard gives references to the object only.
unsafe impl<T: Sync> Sync for Pooled<T> {}

impl<T> Pooled<T> {
    /// # Safety
    ///
    /// The caller held the slot, with its object, and leaves it to the guard.
    #[inline(always)]
    pub(crate) unsafe fn from_slot(slot: Held<T>) -> Self {
        Self { slot, owns: PhantomData }
    }

    /// The slot, which is the caller's from now on.
    #[inline]
    pub(crate) fn into_slot(this: Self) -> Held<T> {
        let slot = this.slot;
        mem::forget(this);
        slot
    }

    /// Takes the object out of the pool. With a capacity, its place is free then.
    pub fn detach(this: Self) -> T {
        let slot = Self::into_slot(this);
        // SAFETY: the slot was the guard's, and its object is not used there again.
        let object = unsafe { slot::value(slot).read() };
        // SAFETY: as above.
        unsafe { store::vacate(slot) };
        object
    }

    /// Drops the object instead of giving it back: a connection that broke.
    pub fn discard(this: Self) {
        // SAFETY: the slot was the guard's.
        unsafe { store::discard(Self::into_slot(this)) };
    }

    /// As `clone`, within the capacity of the pool.
    ///
    /// # Errors
    ///
    /// As many objects are in use as the pool may have, or it is closed. Without a capacity, and
    /// of [`recycled`](crate::recycled), there is always one.
    pub fn try_clone(this: &Self) -> Result<Self, TryGetError>
    where
        T: Clone,
    {
        // SAFETY: the slot is there, so its store is.
        let store = unsafe { store::of(this.slot) };
        let Some(seats) = &store.seats else {
            return if store.core.is_closed() {
                Err(TryGetError::Closed)
            } else {
                Ok(this.clone())
            };
        };
        let mut is_new = false;
        let copy = |place: &mut MaybeUninit<T>| {
            place.write(T::clone(this));
            is_new = true;
            Ok::<_, Infallible>(())
        };
        let slot = match store.try_get_seated(seats, copy)? {
            Ok(slot) => slot,
            Err(never) => match never {},
        };
        // SAFETY: taken just now.
        let mut clone = unsafe { Self::from_slot(slot) };
        if !is_new {
            T::clone_from(&mut clone, this);
        }
        Ok(clone)
    }

    /// Pins the object, which never moves anyway.
    ///
    /// Once pinned, it is not used again: it is dropped in its place when it is released, and reset
    /// does not see it.
    #[must_use]
    pub fn into_pin(this: Self) -> Pin<Self> {
        slot::header(this.slot).pin();
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
    /// `object` came from [`into_raw`](Self::into_raw) of the same type, and this is done once.
    #[inline]
    pub unsafe fn from_raw(object: NonNull<T>) -> Self {
        // SAFETY: the caller's promise.
        let slot = unsafe { slot::of_value(object) };
        // SAFETY: the guard that it came from left the slot to the caller.
        unsafe { Self::from_slot(slot) }
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

/// Takes an object of the same home, and makes it equal to this one.
///
/// As `get`, it never fails and never waits: where nothing is idle there is one object more, in a
/// pool with a capacity also beyond it. [`try_clone`](Pooled::try_clone) keeps to the capacity.
impl<T: Clone> Clone for Pooled<T> {
    fn clone(&self) -> Self {
        // SAFETY: the slot is there, so its store is.
        let store = unsafe { store::of(self.slot) };
        match store.take_like() {
            Some(slot) => {
                // SAFETY: taken just now.
                let mut clone = unsafe { Self::from_slot(slot) };
                T::clone_from(&mut clone, self);
                clone
            }
            // SAFETY: as above.
            None => unsafe { Self::from_slot(store.adopt(T::clone(self))) },
        }
    }
}
