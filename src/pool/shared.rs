//! `PooledArc`: an object that many hold.

extern crate std;

use super::{
    guard::Pooled,
    slot::{self, Held},
    traits::like_its_object,
};
use crate::pool::holders::Holders;
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
        slot::header(slot).holders().begin();
        Self { slot, owns: PhantomData }
    }

    fn holders(&self) -> Holders<'_> {
        slot::header(self.slot).holders()
    }

    /// How many hold the object: a snapshot.
    #[must_use]
    pub fn strong_count(this: &Self) -> usize {
        this.holders().count() as usize
    }

    /// True if both hold the same object.
    #[must_use]
    pub fn ptr_eq(this: &Self, other: &Self) -> bool {
        this.slot == other.slot
    }

    /// The object, if nobody else holds it.
    pub fn get_mut(this: &mut Self) -> Option<&mut T> {
        // SAFETY: the only holder is borrowed for as long.
        this.holders().is_only().then(|| unsafe { slot::value(this.slot).as_mut() })
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

/// One more holder of the same object.
///
/// # Panics
///
/// It has 2^31 holders already.
impl<T> Clone for PooledArc<T> {
    fn clone(&self) -> Self {
        self.holders().hold();
        Self { slot: self.slot, owns: PhantomData }
    }
}

impl<T> Drop for PooledArc<T> {
    fn drop(&mut self) {
        if self.holders().let_go() {
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
