//! A store with a capacity: its slots are seats of a `Bounded`, each a permit for one object.
//!
//! What `get` makes beyond the capacity, or once the pool is closed, has no seat: it lies in a slot
//! of its own and is dropped on release.

extern crate std;

use crate::pool::{
    bounded::{self, Bounded, Seat},
    error::TryGetError,
    gate::Taken,
    slot::{self, Held, Slot},
    store::{self, Store},
    wait::Wait,
};
use crate::{
    pool::{
        core::Core,
        header::{Header, Home},
    },
    sync::Ordering,
};
use core::{
    mem::{self, MaybeUninit, offset_of},
    ptr::NonNull,
};
use std::vec::Vec;

/// The slots of a store with a capacity.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Seats<T> {
    /// The home of slots with a seat.
    home: Home,
    pub(crate) bounded: Bounded<Seated<T>>,
    /// Nothing is counted or checked.
    pub(super) is_plain: bool,
    /// And nothing is made ready for reuse: objects come back unseen.
    pub(super) is_unseen: bool,
}

// SAFETY: objects go from thread to thread, so they are `Send`; the rest is `Sync` or never changes.
unsafe impl<T: Send> Send for Seats<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Seats<T> {}

/// A slot with a seat.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Seated<T> {
    seat: Seat,
    slot: Slot<T>,
}

// SAFETY: with the slot goes the object; the header is used by who holds the slot.
unsafe impl<T: Send> Send for Seated<T> {}

pub(crate) type HeldSeat<T> = NonNull<Seated<T>>;

/// Waits for a seat.
pub(crate) type WaitForSeat<'a, T> = Wait<'a, Bounded<Seated<T>>>;

fn slot_of<T>(seat: HeldSeat<T>) -> Held<T> {
    // SAFETY: inside of the seat.
    unsafe { seat.byte_add(offset_of!(Seated<T>, slot)).cast() }
}

/// # Safety
///
/// The slot has a seat.
unsafe fn seat_of<T>(slot: Held<T>) -> HeldSeat<T> {
    // SAFETY: the caller's promise.
    unsafe { slot.byte_sub(offset_of!(Seated<T>, slot)).cast() }
}

// SAFETY: `vacant` puts the seat where `seat` reads it.
unsafe impl<T> bounded::Slot for Seated<T> {
    unsafe fn vacant(slot: HeldSeat<T>, seat: Seat, home: *const ()) {
        let home = NonNull::new(home.cast_mut()).map_or(NonNull::dangling(), NonNull::cast::<Home>);
        // SAFETY: the caller's promise; the seat is the first field.
        unsafe { slot.cast().write(seat) };
        // SAFETY: the caller's promise.
        unsafe { slot::write_header(slot_of(slot), Header::new(home)) };
    }

    fn seat(&self) -> &Seat {
        &self.seat
    }

    unsafe fn drop_object(seat: HeldSeat<T>) {
        let slot = slot_of(seat);
        // SAFETY: there is an object in it, so its store is there.
        let store: &Store<T> = unsafe { store::of(slot) };
        if store.core.limits.is_bounded() {
            store.core.limits.remove_shared(slot::header(slot).bytes());
        }
        // Also if `Drop` panics. Whoever closes a store or changes its capacity has a handle of it,
        // so this is not the last reference, and the seat may still be given back.
        let _gone = ObjectGone(NonNull::from(&store.core));
        store.core.discarded.fetch_add(1, Ordering::Relaxed);
        slot::show(slot);
        // SAFETY: the caller gives the object.
        unsafe { slot::value(slot).drop_in_place() };
    }
}

/// Gives up the reference of an object that is dropped.
struct ObjectGone(NonNull<Core>);

impl Drop for ObjectGone {
    fn drop(&mut self) {
        // SAFETY: the object still has its reference.
        unsafe { self.0.as_ref() }.objects.fetch_sub(1, Ordering::Relaxed);
        // SAFETY: it was the object's.
        unsafe { Core::release(self.0) };
    }
}

/// A seat without an object; it is given back when this is dropped.
struct VacantSeat<'a, T> {
    bounded: &'a Bounded<Seated<T>>,
    seat: HeldSeat<T>,
}

impl<T> Drop for VacantSeat<'_, T> {
    fn drop(&mut self) {
        // SAFETY: made by who held the seat, which has no object.
        unsafe { self.bounded.release_vacant(self.seat) };
    }
}

impl<T> Seats<T> {
    /// * `store`: where the store will lie.
    /// * `is_plain`: nothing is counted or checked.
    /// * `is_unseen`: and nothing is made ready for reuse.
    pub(crate) fn new(store: NonNull<()>, capacity: u32, is_plain: bool, is_unseen: bool) -> Self {
        Self { home: Home { store }, bounded: Bounded::new(capacity), is_plain, is_unseen }
    }

    /// The seats whose home this is.
    ///
    /// # Safety
    ///
    /// It is the home of a slot with a seat, in a store of this type that lives as long as `'a`.
    #[inline(always)]
    pub(super) unsafe fn of<'a>(home: NonNull<Home>) -> &'a Self {
        // SAFETY: the caller's promise; the home is the first field, and `settle` made the pointer
        // from all of it.
        unsafe { home.cast().as_ref() }
    }

    /// To be called once the store is where it stays.
    pub(crate) fn settle(&self) {
        self.bounded.set_home(core::ptr::from_ref(self).cast());
    }

    /// True if this is the home of the slot: it has a seat.
    #[inline(always)]
    pub(crate) fn has(&self, slot: Held<T>) -> bool {
        slot::header(slot).home() == NonNull::from(&self.home)
    }

    /// Gives back a slot with its object, which nobody counts; false: it is still the caller's.
    ///
    /// # Safety
    ///
    /// The caller holds the slot, which has a seat and its object. After `true` it does not touch
    /// the store.
    #[inline(always)]
    pub(crate) unsafe fn keep(&self, slot: Held<T>) -> bool {
        // SAFETY: the caller's promise.
        let seat = unsafe { seat_of(slot) };
        // SAFETY: as above.
        unsafe { self.bounded.try_release(seat) }
    }

    /// Gives back a slot whose object was taken out.
    ///
    /// # Safety
    ///
    /// The caller holds the slot, which has a seat and no object.
    pub(crate) unsafe fn vacate(&self, core: NonNull<Core>, slot: Held<T>) {
        // SAFETY: the caller's promise.
        let seat = unsafe { seat_of(slot) };
        // After the call: the reference may be the last. Also if a waker panics.
        let _gone = ObjectGone(core);
        // SAFETY: as above.
        unsafe { self.bounded.release_vacant(seat) };
    }
}

impl<T> Store<T> {
    /// Keeps an object that is ready for reuse; false: it is still the caller's.
    ///
    /// # Safety
    ///
    /// The caller holds the slot, which has a seat and its object. After `true` it does not touch
    /// the store.
    #[inline(always)]
    pub(crate) unsafe fn keep_seated(&self, seats: &Seats<T>, slot: Held<T>) -> bool {
        if seats.is_plain {
            // SAFETY: the caller's promise.
            return unsafe { seats.keep(slot) };
        }
        let limits = &self.core.limits;
        if limits.is_bounded() && !limits.admit_shared(slot::header(slot).bytes()) {
            return false;
        }
        // SAFETY: the caller's promise.
        let is_kept = unsafe { seats.keep(slot) };
        if !is_kept && limits.is_bounded() {
            limits.remove_shared(slot::header(slot).bytes());
        }
        is_kept
    }

    /// Fills a seat that was taken, if it is vacant.
    #[inline(always)]
    pub(crate) fn occupy<E>(
        &self,
        seats: &Seats<T>,
        taken: Taken<HeldSeat<T>>,
        init: impl FnOnce(&mut MaybeUninit<T>) -> Result<(), E>,
    ) -> Result<Held<T>, E> {
        match taken {
            Taken::Idle(seat) if seats.is_plain => {
                let slot = slot_of(seat);
                slot::show(slot);
                Ok(slot)
            }
            taken => self.occupy_slow(seats, taken, init),
        }
    }

    #[cold]
    #[inline(never)]
    fn occupy_slow<E>(
        &self,
        seats: &Seats<T>,
        taken: Taken<HeldSeat<T>>,
        init: impl FnOnce(&mut MaybeUninit<T>) -> Result<(), E>,
    ) -> Result<Held<T>, E> {
        let seat = match taken {
            Taken::Vacant(seat) => seat,
            Taken::Idle(seat) => {
                let slot = slot_of(seat);
                slot::show(slot);
                if self.core.limits.is_bounded() {
                    self.core.limits.remove_shared(slot::header(slot).bytes());
                }
                if store::check(self, slot) {
                    return Ok(slot);
                }
                // Its seat is for a new one.
                let vacant = VacantSeat { bounded: &seats.bounded, seat };
                let gone = ObjectGone(NonNull::from(&self.core));
                self.core.discarded.fetch_add(1, Ordering::Relaxed);
                // SAFETY: taken, so this thread holds it with its object.
                unsafe { slot::value(slot).drop_in_place() };
                drop(gone);
                mem::forget(vacant);
                seat
            }
        };
        let slot = self.fill(seats, seat, init)?;
        self.core.created.fetch_add(1, Ordering::Relaxed);
        Ok(slot)
    }

    /// Puts an object into a seat that was taken and has none.
    fn fill<E>(
        &self,
        seats: &Seats<T>,
        seat: HeldSeat<T>,
        init: impl FnOnce(&mut MaybeUninit<T>) -> Result<(), E>,
    ) -> Result<Held<T>, E> {
        let vacant = VacantSeat { bounded: &seats.bounded, seat };
        let slot = slot_of(seat);
        slot::header(slot).seat();
        slot::show(slot);
        // SAFETY: taken, so this thread holds it; any bytes are a `MaybeUninit`.
        init(unsafe { slot::value(slot).cast().as_mut() })?;
        mem::forget(vacant);
        self.core.retain();
        self.core.objects.fetch_add(1, Ordering::Relaxed);
        Ok(slot)
    }

    /// An object that has a seat, made if none is idle.
    #[inline(always)]
    pub(crate) fn try_get_seated<E>(
        &self,
        seats: &Seats<T>,
        init: impl FnOnce(&mut MaybeUninit<T>) -> Result<(), E>,
    ) -> Result<Result<Held<T>, E>, TryGetError> {
        Ok(self.occupy(seats, seats.bounded.try_take()?, init))
    }

    /// A vacant seat with `value` in it.
    pub(crate) fn seat_value(&self, seats: &Seats<T>, value: T) -> Result<Held<T>, T> {
        match seats.bounded.take_vacant() {
            None => Err(value),
            Some(seat) => {
                let init = |place: &mut MaybeUninit<T>| {
                    place.write(value);
                    Ok::<_, core::convert::Infallible>(())
                };
                match self.fill(seats, seat, init) {
                    Ok(slot) => Ok(slot),
                    Err(never) => match never {},
                }
            }
        }
    }

    /// An idle object, taken, though it may not pass the check.
    pub(crate) fn take_idle_seated(&self, seats: &Seats<T>) -> Option<Held<T>> {
        let slot = slot_of(seats.bounded.take_idle()?);
        if self.core.limits.is_bounded() {
            self.core.limits.remove_shared(slot::header(slot).bytes());
        }
        slot::show(slot);
        Some(slot)
    }

    /// All idle objects, taken.
    pub(crate) fn take_all_seated(&self, seats: &Seats<T>) -> Vec<NonNull<Header>> {
        let next = || self.take_idle_seated(seats);
        core::iter::from_fn(next).map(|slot| slot.cast()).collect()
    }
}
