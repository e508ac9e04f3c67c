//! The store of a pool with a capacity: slots that never move, made when they are first needed.

mod table;

use super::{
    error::TryGetError,
    gate::{Counts, Gate, Links, Released, Taken},
    wait::{GiveBack, Store, Wait},
    word::MAX_SLOTS,
};
use crate::sync::{AtomicPtr, AtomicU32, Ordering};
use core::ptr::{self, NonNull};
use table::Table;

/// Most slots of a store: what its index has bits for.
pub(crate) const MAX_CAPACITY: u32 = MAX_SLOTS;

/// The link of a slot whose release was refused: its permit went back then.
const REFUSED: u32 = u32::MAX;

/// What the store needs in each slot.
#[derive(Debug)]
pub(crate) struct Seat {
    link: AtomicU32,
    index: u32,
}

impl Seat {
    pub(crate) fn new(index: u32) -> Self {
        Self { link: AtomicU32::new(0), index }
    }

    /// Which slot of the store this is.
    pub(crate) const fn index(&self) -> u32 {
        self.index
    }
}

/// A slot: room for an object, and a seat.
///
/// # Safety
///
/// `seat` names the one field that was given to `vacant`.
pub(crate) unsafe trait Slot: Sized {
    /// A slot with no object in it. It is not dropped when its memory is given back.
    ///
    /// * `home`: see [`Bounded::set_home`].
    ///
    /// It is made in its place: an object may be too large for the stack.
    ///
    /// # Safety
    ///
    /// `slot` is fresh memory for a slot.
    unsafe fn vacant(slot: NonNull<Self>, seat: Seat, home: *const ());

    fn seat(&self) -> &Seat;

    /// Drops the object.
    ///
    /// # Safety
    ///
    /// There is one, and the caller holds the slot.
    unsafe fn drop_object(slot: NonNull<Self>);
}

/// Up to `capacity` slots. All its functions may be called from any thread; none runs an object's
/// code or a waker while it holds a lock.
///
/// A slot that was taken is held: a permit for one object. It is valid, and stays where it is,
/// until the store is dropped.
#[derive(Debug)]
pub(crate) struct Bounded<S: Slot> {
    gate: Gate,
    home: AtomicPtr<()>,
    table: Table<S>,
}

// SAFETY: slots are used by who holds them; the gate hands them from thread to thread.
unsafe impl<S: Slot + Send> Send for Bounded<S> {}
// SAFETY: as above.
unsafe impl<S: Slot + Send> Sync for Bounded<S> {}

impl<S: Slot> Bounded<S> {
    /// A store with no slot in it yet.
    ///
    /// * `capacity`: most objects at a time; more than [`MAX_CAPACITY`] is that.
    pub(crate) fn new(capacity: u32) -> Self {
        Self {
            gate: Gate::vacant(capacity.min(MAX_CAPACITY), true),
            home: AtomicPtr::new(ptr::null_mut()),
            table: Table::new(capacity),
        }
    }

    /// Sets what [`Slot::vacant`] is given. To be called before a slot is taken.
    pub(crate) fn set_home(&self, home: *const ()) {
        // Relaxed: the store is not shared yet.
        self.home.store(home.cast_mut(), Ordering::Relaxed);
    }

    /// Takes an idle slot; a vacant one if none is idle, which the caller fills or gives back.
    #[inline(always)]
    pub(crate) fn try_take(&self) -> Result<Taken<NonNull<S>>, TryGetError> {
        self.gate.take(self).map(|taken| taken.map(|index| self.slot(index)))
    }

    /// Waits for a slot.
    pub(crate) fn wait(&self) -> Wait<'_, Self> {
        Wait::new(self)
    }

    /// Gives back a slot with its object: to the first waiter, or it becomes idle. If the pool is
    /// closed or has too many objects, it is dropped.
    ///
    /// # Safety
    ///
    /// The caller holds the slot, and there is an object in it.
    #[cfg(test)]
    pub(crate) unsafe fn release(&self, slot: NonNull<S>) {
        let index = Self::index(slot);
        // SAFETY: the caller's promise.
        unsafe { GiveBack::release(self, index) }
    }

    /// Gives a slot back with its object. If the pool is closed or has too many objects, the slot
    /// stays the caller's, with its object: false. Then it goes back without the object, to
    /// [`release_vacant`](Self::release_vacant).
    ///
    /// # Safety
    ///
    /// The caller holds the slot, and there is an object in it.
    #[inline(always)]
    pub(crate) unsafe fn try_release(&self, slot: NonNull<S>) -> bool {
        // SAFETY: slots are valid while the store lives, and a seat is never used mutably.
        let seat = unsafe { slot.as_ref() }.seat();
        let is_kept = self.gate.release(&seat.link, seat.index) != Released::Refused;
        if !is_kept {
            // Relaxed: the slot is held, so nobody follows its link (who was about to fails).
            seat.link.store(REFUSED, Ordering::Relaxed);
        }
        is_kept
    }

    /// Gives back a slot with no object in it: to the first waiter, or the permit becomes vacant.
    ///
    /// # Safety
    ///
    /// The caller holds the slot, and there is no object in it.
    pub(crate) unsafe fn release_vacant(&self, slot: NonNull<S>) {
        let index = Self::index(slot);
        // Relaxed: as above.
        if self.link(index).load(Ordering::Relaxed) == REFUSED {
            self.gate.retire(self, index);
        } else {
            self.gate.release_vacant(self, index);
        }
    }

    /// Takes an idle slot, though the pool may be closed.
    pub(crate) fn take_idle(&self) -> Option<NonNull<S>> {
        self.gate.take_idle(self).map(|index| self.slot(index))
    }

    /// Takes a vacant slot. `None`: there is no permit left, or the pool is closed.
    pub(crate) fn take_vacant(&self) -> Option<NonNull<S>> {
        self.gate.take_vacant(self).map(|index| self.slot(index))
    }

    /// Closes the pool: who waits is told so, and idle objects are dropped; those in use are
    /// dropped when they are released.
    pub(crate) fn close(&self) {
        self.gate.close();
        while let Some(index) = self.gate.take_idle(self) {
            // SAFETY: it was idle, so there is an object in it.
            unsafe { self.discard(index) };
        }
    }

    /// True if the pool was closed.
    #[cfg(test)]
    pub(crate) fn is_closed(&self) -> bool {
        self.gate.is_closed()
    }

    /// Changes the capacity. If it grows, waiters get permits; if there are too many objects, idle
    /// ones are dropped now, others when they are released. A panic in a drop ends the call.
    ///
    /// * `capacity`: more than [`MAX_CAPACITY`] is that.
    pub(crate) fn set_capacity(&self, capacity: u32) {
        self.gate.set_capacity(self, capacity.min(MAX_CAPACITY));
        while let Some(index) = self.gate.excess(self) {
            // SAFETY: it was idle, so there is an object in it.
            unsafe { self.drop_refused(index) };
        }
    }

    /// What there is. Exact if nothing changes meanwhile; takes time in proportion to the idle
    /// objects.
    pub(crate) fn counts(&self) -> Counts {
        self.gate.counts(self)
    }

    fn index(slot: NonNull<S>) -> u32 {
        // SAFETY: slots are valid while the store lives; of a slot that is held only the object,
        // which is not part of the seat, is used mutably.
        unsafe { slot.as_ref() }.seat().index()
    }
}

impl<S: Slot> Links for Bounded<S> {
    #[inline]
    fn link(&self, index: u32) -> &AtomicU32 {
        // SAFETY: slots are valid while the store lives, and a seat is never used mutably.
        &unsafe { self.slot(index).as_ref() }.seat().link
    }
}

impl<S: Slot> Store for Bounded<S> {
    type Slot = NonNull<S>;

    #[inline]
    fn gate(&self) -> &Gate {
        &self.gate
    }

    #[inline]
    fn slot(&self, index: u32) -> NonNull<S> {
        self.table.slot(index, |slot, index| {
            // Relaxed: written before the store was shared.
            let home = self.home.load(Ordering::Relaxed);
            // SAFETY: the table gives fresh memory.
            unsafe { S::vacant(slot, Seat::new(index), home) }
        })
    }

    unsafe fn drop_object(&self, index: u32) {
        // SAFETY: the caller's promise.
        unsafe { S::drop_object(self.slot(index)) };
    }
}

#[cfg(test)]
mod tests;
