//! `PooledArc`: an object that many hold.

extern crate std;

use super::{
    guard::Pooled,
    slot::{self, Held},
    traits::like_its_object,
};
use crate::{
    pool::header::Header,
    sync::{self, Ordering},
};
use core::{cell::Cell, marker::PhantomData, mem, ops::Deref};

/// A [`Pooled`] object with many holders, as `Arc`: the last one that lets go returns it to the
/// pool. One word; the count is in the slot.
#[must_use = "the object goes back once all its holders are gone"]
pub struct PooledArc<T> {
    /// This and its clones hold the slot, which has its object.
    slot: Held<T>,
    /// It owns a `T` that others get later: one with a shorter lifetime in it must not pass for it.
    owns: PhantomData<Cell<T>>,
}

// SAFETY: as `Arc`: references to the object are shared, and it is released where the last is gone.
unsafe impl<T: Send + Sync> Send for PooledArc<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for PooledArc<T> {}

impl<T> Pooled<T> {
    /// Makes the object one that many may hold; the last one that lets go returns it to the pool.
    pub fn into_shared(this: Self) -> PooledArc<T> {
        PooledArc::new(this)
    }
}

impl<T> PooledArc<T> {
    pub(super) fn new(guard: Pooled<T>) -> Self {
        let slot = Pooled::into_slot(guard);
        // Relaxed: nobody else knows of it yet.
        slot::header(slot).holders().store(1, Ordering::Relaxed);
        Self { slot, owns: PhantomData }
    }

    fn header(&self) -> &Header {
        slot::header(self.slot)
    }

    /// How many hold the object: a snapshot.
    #[must_use]
    pub fn strong_count(this: &Self) -> usize {
        this.header().holders().load(Ordering::Relaxed)
    }

    /// True if both hold the same object.
    #[must_use]
    pub fn ptr_eq(this: &Self, other: &Self) -> bool {
        this.slot == other.slot
    }

    /// The object, if nobody else holds it.
    pub fn get_mut(this: &mut Self) -> Option<&mut T> {
        // Acquire: what those did who let go. Pairs with: Release in `drop`.
        let is_only = this.header().holders().load(Ordering::Acquire) == 1;
        // SAFETY: the only holder is borrowed for as long.
        is_only.then(|| unsafe { slot::value(this.slot).as_mut() })
    }

    /// The object; if others hold it too, first replaced by a copy of it in another slot.
    pub fn make_mut(this: &mut Self) -> &mut T
    where
        T: Clone,
    {
        if Self::get_mut(this).is_none() {
            *this = Self::new(this.copied());
        }
        // SAFETY: this is the only holder, and borrowed for as long.
        unsafe { slot::value(this.slot).as_mut() }
    }

    /// The guard again, if nobody else holds the object.
    ///
    /// # Errors
    ///
    /// Others hold it: `this`, as it was.
    pub fn try_unshare(mut this: Self) -> Result<Pooled<T>, Self> {
        if Self::get_mut(&mut this).is_none() {
            return Err(this);
        }
        let slot = this.slot;
        mem::forget(this);
        // SAFETY: the only holder gave the slot up.
        Ok(unsafe { Pooled::from_slot(slot) })
    }

    /// A copy of the object, in another slot of its home.
    fn copied(&self) -> Pooled<T>
    where
        T: Clone,
    {
        // SAFETY: read through for `clone` only, and not dropped: this keeps the slot.
        let guard = mem::ManuallyDrop::new(unsafe { Pooled::from_slot(self.slot) });
        Pooled::clone(&guard)
    }
}

impl<T> Clone for PooledArc<T> {
    fn clone(&self) -> Self {
        // Relaxed: made from one that is there.
        let before = self.header().holders().fetch_add(1, Ordering::Relaxed);
        if before > isize::MAX.cast_unsigned() {
            std::process::abort();
        }
        Self { slot: self.slot, owns: PhantomData }
    }
}

impl<T> Drop for PooledArc<T> {
    fn drop(&mut self) {
        // Release: what this holder did. Pairs with: Acquire below and in `get_mut`.
        if self.header().holders().fetch_sub(1, Ordering::Release) == 1 {
            // Acquire: what the others did. Pairs with: Release above.
            sync::acquire(|order| self.header().holders().load(order));
            // SAFETY: the last holder is gone.
            drop(unsafe { Pooled::from_slot(self.slot) });
        }
    }
}

impl<T> Deref for PooledArc<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: this holds the slot with its object, and nobody has it to change.
        unsafe { slot::value(self.slot).as_ref() }
    }
}

like_its_object!(PooledArc);
