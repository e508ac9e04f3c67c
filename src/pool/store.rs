//! Objects of one type: made, handed out, made ready for reuse, kept or dropped.
//!
//! User code, which is the hooks and `Drop` of the object, runs only between the steps: nothing
//! is locked or borrowed, and a guard on the stack sees to the slot if it panics.

extern crate std;

use crate::{
    pool::{
        core::{Core, Kind, Place},
        header::{Header, NOBODY},
        hooks::Hooks,
        limits::Limits,
        shard::Next,
        slot::{self, Held, Slot},
    },
    sync::Ordering,
};
use core::{
    mem::{self, MaybeUninit},
    ptr::NonNull,
};
use std::vec::Vec;

/// A store of objects of type `T`.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Store<T> {
    pub(crate) core: Core,
    pub(crate) hooks: Hooks<T>,
    /// Objects are made ready for reuse by this; `None`: they are ready as they are.
    on_release: Option<OnRelease<T>>,
    /// There if the store has a capacity.
    pub(crate) seats: Option<Seats<T>>,
}

// SAFETY: objects go from thread to thread, so they are `Send`; the builder asks for `Send` and
// `Sync` of hooks. Ambient stores are not shared.
unsafe impl<T: Send> Send for Store<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Store<T> {}

/// The slot of a header.
#[inline(always)]
fn typed<T>(slot: NonNull<Header>) -> Held<T> {
    slot.cast::<Slot<T>>()
}

/// The store that a slot belongs to.
///
/// # Safety
///
/// It is there as long as `'a`: an object of the slot is.
#[inline(always)]
pub(crate) unsafe fn of<'a, T>(slot: Held<T>) -> &'a Store<T> {
    // SAFETY: a home is there as long as its store.
    let home = unsafe { slot::header(slot).home().as_ref() };
    // SAFETY: the caller's promise. Slots in it are of the store's type.
    unsafe { home.store.cast().as_ref() }
}

impl<T> Store<T> {
    /// A store with one handle, to be moved to `at`.
    ///
    /// * `free`: frees what lies there.
    /// * `on_release`: there if the hooks say something on release.
    /// * `capacity`: of a store of that kind.
    pub(crate) fn new(
        kind: Kind,
        at: NonNull<()>,
        free: unsafe fn(NonNull<Core>),
        (hooks, on_release): (Hooks<T>, Option<OnRelease<T>>),
        limits: Limits,
        room: usize,
        capacity: Option<u32>,
    ) -> Self {
        let is_plain = !limits.is_bounded() && !hooks.has_check();
        let is_unseen = is_plain && on_release.is_none();
        let seats = capacity.map(|capacity| Seats::new(at, capacity, is_plain, is_unseen));
        let core = Core::new(kind, at, free, limits, room, hooks.has_check());
        Self { core, hooks, on_release, seats }
    }

    /// To be called once the store is where it stays.
    pub(crate) fn settle(&self) {
        if let Some(seats) = &self.seats {
            seats.settle();
        }
    }

    /// Keeps an object that is ready for reuse; false: it is still the caller's.
    ///
    /// # Safety
    ///
    /// The caller holds the slot with its object. After `true` it does not touch the store.
    unsafe fn keep(&self, slot: Held<T>) -> bool {
        match &self.seats {
            None => self.core.keep(slot.cast()),
            // SAFETY: the caller's promise; objects without a seat are never kept.
            Some(seats) => unsafe { self.keep_seated(seats, slot) },
        }
    }

    fn fresh(&self, place: Place<'_>) -> VacateOnDrop<T> {
        let slot = slot::allocate(place.shard.home());
        slot::header(slot).set_owner(place.owner);
        self.core.retain();
        self.core.objects.fetch_add(1, Ordering::Relaxed);
        VacateOnDrop(slot)
    }

    /// A new object at `place`.
    fn create_at<E>(
        &self,
        place: Place<'_>,
        init: impl FnOnce(&mut MaybeUninit<T>) -> Result<(), E>,
    ) -> Result<Held<T>, E> {
        let fresh = self.fresh(place);
        // SAFETY: the slot is fresh, and nobody else has it.
        init(unsafe { slot::value(fresh.0).cast().as_mut() })?;
        let slot = fresh.0;
        mem::forget(fresh);
        self.core.created.fetch_add(1, Ordering::Relaxed);
        Ok(slot)
    }

    /// An idle object of the calling thread's shard.
    pub(crate) fn take_own(&self, next: Next) -> Option<Held<T>> {
        let slot = typed(self.core.pop_own(next)?);
        slot::show(slot);
        Some(slot)
    }

    /// The object that goes out next of the calling thread's shard. `Err`: for
    /// [`get_listed`](Self::get_listed).
    #[inline(always)]
    pub(crate) fn take_next(&self) -> Result<Held<T>, Next> {
        match self.core.take_next() {
            Next::Taken(slot) => {
                slot::show(typed::<T>(slot));
                Ok(typed(slot))
            }
            next => Err(next),
        }
    }

    /// After [`take_next`](Self::take_next) said so: an idle object, or a new one.
    #[inline(never)]
    pub(crate) fn get_listed<E>(
        &self,
        init: impl FnOnce(&mut MaybeUninit<T>) -> Result<(), E>,
    ) -> Result<Held<T>, E> {
        match self.take_own(Next::Nothing) {
            Some(slot) => Ok(slot),
            None => self.get_slow(init),
        }
    }

    /// As [`get_listed`](Self::get_listed), where there was `slot`, and more to look at.
    #[cold]
    #[inline(never)]
    pub(crate) fn get_disputed<E>(
        &self,
        slot: NonNull<Header>,
        init: impl FnOnce(&mut MaybeUninit<T>) -> Result<(), E>,
    ) -> Result<Held<T>, E> {
        match self.take_own(Next::Disputed(slot)) {
            Some(slot) => Ok(slot),
            None => self.get_slow(init),
        }
    }

    /// An idle object that passes the check.
    fn take_idle(&self, place: Place<'_>) -> Option<Held<T>> {
        loop {
            let slot = typed(self.core.take_idle(place)?);
            slot::show(slot);
            if check(self, slot) {
                return Some(slot);
            }
            // SAFETY: taken off the list, so this thread holds it.
            unsafe { discard(slot) };
        }
    }

    /// An idle object from further away, or a new one.
    #[cold]
    #[inline(never)]
    pub(crate) fn get_slow<E>(
        &self,
        init: impl FnOnce(&mut MaybeUninit<T>) -> Result<(), E>,
    ) -> Result<Held<T>, E> {
        if let Some(seats) = &self.seats {
            return match seats.bounded.try_take() {
                Ok(taken) => self.occupy(seats, taken, init),
                Err(_) => self.create_at(self.nowhere(), init),
            };
        }
        let place = self.core.place();
        match self.take_idle(place) {
            Some(slot) => Ok(slot),
            None => self.create_at(place, init),
        }
    }

    /// Where objects are at home that no thread's shard will have back.
    fn nowhere(&self) -> Place<'_> {
        Place { shard: &self.core.common, owner: NOBODY }
    }

    /// An idle object of the same home, if there is one: for a copy of an object of this store.
    pub(crate) fn take_like(&self) -> Option<Held<T>> {
        if let Some(seats) = &self.seats {
            return self.take_idle_seated(seats);
        }
        let Kind::Ambient(here) = self.core.kind else {
            let own = self.take_own(self.core.take_next());
            return own.or_else(|| self.take_idle(self.core.place()));
        };
        // SAFETY: the calling thread's store is there until the thread ends.
        let shard = unsafe { &here()?.as_ref().common };
        // SAFETY: it is the calling thread's.
        let slot = typed(unsafe { shard.pop(|| ()) }?);
        slot::show(slot);
        Some(slot)
    }

    /// An object of this store that holds `value`.
    pub(crate) fn adopt(&self, value: T) -> Held<T> {
        let value = match &self.seats {
            None => value,
            Some(seats) => match self.seat_value(seats, value) {
                Ok(slot) => return slot,
                Err(value) => value,
            },
        };
        let place = match self.core.kind {
            Kind::Sharded => self.core.place(),
            Kind::Bounded | Kind::Ambient(_) => self.nowhere(),
        };
        let fresh = self.fresh(place);
        // SAFETY: a fresh slot.
        unsafe { slot::value(fresh.0).write(value) };
        let slot = fresh.0;
        mem::forget(fresh);
        slot
    }

    /// An object of an ambient store that holds `value`. The calling thread is the store's, or at
    /// its end.
    pub(crate) fn adopt_ambient(&self, value: T) -> Held<T> {
        let owner = self.core.common.owner();
        let fresh = self.fresh(Place { shard: &self.core.common, owner });
        // SAFETY: a fresh slot.
        unsafe { slot::value(fresh.0).write(value) };
        let slot = fresh.0;
        mem::forget(fresh);
        slot
    }

    /// Drops idle objects of this store, which the caller took.
    pub(crate) fn discard_all(&self, idle: Vec<NonNull<Header>>) {
        drop(upkeep::DiscardAll::<T>::new(idle));
    }

    /// Keeps `value` for later.
    pub(crate) fn put(&self, mut value: T) -> Result<(), T> {
        if self.core.is_closed() || !self.hooks.recycle(&mut value) {
            return Err(value);
        }
        self.keep_new(value, true)
    }

    /// Keeps a value that is ready for use; `own`: a few of them in the calling thread's shard.
    pub(crate) fn keep_new(&self, value: T, own: bool) -> Result<(), T> {
        if let Some(seats) = &self.seats {
            let slot = self.seat_value(seats, value)?;
            slot::hide(slot);
            self.measure(slot);
            // SAFETY: taken just now.
            if unsafe { self.keep(slot) } {
                return Ok(());
            }
            slot::show(slot);
            let _vacate = VacateOnDrop(slot);
            // SAFETY: it was not kept, so it is still here, and it is not dropped in its place.
            return Err(unsafe { slot::value(slot).read() });
        }
        let fresh = self.fresh(self.nowhere());
        // SAFETY: a fresh slot.
        unsafe { slot::value(fresh.0).write(value) };
        slot::hide(fresh.0);
        self.measure(fresh.0);
        if self.core.keep_given(fresh.0.cast(), own) {
            mem::forget(fresh);
            return Ok(());
        }
        slot::show(fresh.0);
        // SAFETY: it was not kept, so it is still here, and it is not dropped in its place.
        Err(unsafe { slot::value(fresh.0).read() })
    }

    /// Notes the bytes of an object that may become idle.
    fn measure(&self, slot: Held<T>) {
        if self.core.limits.is_bounded() {
            slot::show(slot);
            // SAFETY: the caller holds the slot with its object.
            let bytes = self.hooks.footprint(unsafe { slot::value(slot).as_ref() });
            slot::header(slot).set_bytes(bytes);
            slot::hide(slot);
        }
    }
}

/// Removes a handle; the last one closes the store.
///
/// # Safety
///
/// The handle is the caller's, and it does not use the store afterwards.
pub(crate) unsafe fn drop_handle<T>(store: NonNull<Store<T>>) {
    // SAFETY: the handle is there, so its store is.
    let it = unsafe { store.as_ref() };
    if it.core.remove_handle() {
        let _release = ReleaseOnDrop(store.cast());
        it.close();
    }
}

struct ReleaseOnDrop(NonNull<Core>);

impl Drop for ReleaseOnDrop {
    fn drop(&mut self) {
        // SAFETY: the reference of all handles, of which the last is gone.
        unsafe { Core::release(self.0) };
    }
}

mod release;
mod seats;
mod upkeep;

pub(crate) use release::{ByHooks, MakeReady, OnRelease, check, discard, judged, release, vacate};
use release::{DiscardOnDrop, VacateOnDrop};
pub(crate) use seats::{Seats, WaitForSeat};
