//! `fixed::Pooled`: an object in use.

use super::{
    super::{error::TryGetError, traits::like_its_object, wait::GiveBack, wait::Vacant},
    inner::Inner,
};
use core::{
    marker::PhantomData,
    mem::ManuallyDrop,
    ops::{Deref, DerefMut},
    pin::Pin,
    ptr::NonNull,
};

/// An object of a fixed pool, in use until this is dropped. Then the object goes back: to the first
/// who waits, or it is idle.
#[must_use = "an object goes back at once if its guard is not kept"]
pub struct Pooled<'a, T> {
    inner: &'a Inner<T>,
    index: u32,
    /// It was pinned, so it must be dropped before its place is used again.
    pinned: bool,
    /// For Send and Sync this is a `&mut T`.
    object: PhantomData<&'a mut T>,
}

impl<'a, T> Pooled<'a, T> {
    /// # Safety
    ///
    /// The caller held the slot and leaves it to the guard; there is an object in it.
    #[inline]
    pub(super) unsafe fn new(inner: &'a Inner<T>, index: u32) -> Self {
        Self { inner, index, pinned: false, object: PhantomData }
    }

    #[inline]
    pub(super) fn try_from_pool(inner: &'a Inner<T>) -> Result<Self, TryGetError> {
        loop {
            let taken = inner.gate.take(inner)?;
            // SAFETY: the slot was taken.
            if let Some(index) = unsafe { inner.filled(taken) } {
                // SAFETY: as above, and there is an object in it.
                return Ok(unsafe { Self::new(inner, index) });
            }
        }
    }

    /// The slot, which is the caller's from now on.
    pub(super) fn into_parts(this: Self) -> (&'a Inner<T>, u32) {
        let this = ManuallyDrop::new(this);
        (this.inner, this.index)
    }

    /// Which of the pool's objects this is, `0..N`: the same as long as it is in use.
    #[must_use]
    pub fn index(this: &Self) -> usize {
        this.index as usize
    }

    /// Takes the object out of the pool, which has a free place then.
    #[must_use]
    pub fn detach(this: Self) -> T {
        let (inner, index) = Self::into_parts(this);
        let _vacant = Vacant { store: inner, index };
        // SAFETY: there is an object in the slot, and as it is vacant now nobody else uses it.
        unsafe { inner.object(index).read() }
    }

    /// Drops the object instead of giving it back; the pool has a free place then.
    pub fn discard(this: Self) {
        let (inner, index) = Self::into_parts(this);
        // SAFETY: the slot was the guard's, with its object.
        unsafe { inner.discard(index) };
    }

    /// A second object of the same pool, made equal to this one.
    ///
    /// # Errors
    ///
    /// As [`Pool::try_get`](super::Pool::try_get).
    pub fn try_clone(this: &Self) -> Result<Self, TryGetError>
    where
        T: Clone,
    {
        let mut clone = Self::try_from_pool(this.inner)?;
        clone.clone_from(&**this);
        Ok(clone)
    }

    /// Gives up the guard, not the object: it is in use until
    /// [`Pool::from_raw`](super::Pool::from_raw).
    #[must_use]
    pub fn into_raw(this: Self) -> NonNull<T> {
        let mut this = ManuallyDrop::new(this);
        NonNull::from(&mut **this)
    }

    #[inline]
    fn object(&self) -> *mut T {
        self.inner.object(self.index)
    }
}

impl<T> Pooled<'static, T> {
    /// The object, pinned. It is dropped when it is released, its place is used again.
    ///
    /// For pools in a `static`: another pool could be moved after its guards were forgotten.
    #[must_use]
    pub fn into_pin(mut this: Self) -> Pin<Self> {
        this.pinned = true;
        // SAFETY: the slot never moves, the pool lives for ever; `drop` drops the object in place
        // before anybody else gets the slot. `detach` needs the guard itself, which is pinned.
        unsafe { Pin::new_unchecked(this) }
    }
}

impl<T> Drop for Pooled<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if self.pinned {
            // SAFETY: the slot is the guard's, with its object.
            unsafe { self.inner.discard(self.index) };
        } else {
            // SAFETY: as above.
            unsafe { self.inner.recycle(self.index) };
        }
    }
}

impl<T> Deref for Pooled<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: there is an object in the slot, and it is the guard's.
        unsafe { &*self.object() }
    }
}

impl<T> DerefMut for Pooled<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above.
        unsafe { &mut *self.object() }
    }
}

like_its_object!(Pooled<'a>, mutable);
