//! The way of an object back: made ready for reuse and kept, or dropped.

use super::{Seats, Store, of};
use crate::{
    pool::{
        core::{Core, Kind},
        shard::Shard,
        slot::{self, Held},
        thread,
    },
    sync::Ordering,
};
use core::{mem, ptr::NonNull};

/// Gives a slot's object back from any thread.
///
/// # Safety
///
/// The caller holds the slot, with its object, and does not use it again.
#[inline(always)]
pub(crate) unsafe fn release<T>(slot: Held<T>) {
    let header = slot::header(slot);
    if header.owner() != thread::token() {
        // SAFETY: the caller's promise.
        return unsafe { release_slow(slot) };
    }
    // SAFETY: the slot is there, so its store is.
    let store: &Store<T> = unsafe { of(slot) };
    // SAFETY: the caller's promise.
    if store.hooks.has_recycle() && !unsafe { recycle(store, slot) } {
        // SAFETY: the caller's promise.
        return unsafe { discard(slot) };
    }
    slot::hide(slot);
    // SAFETY: owned slots are at home in a shard.
    let shard = unsafe { Shard::of(header.home()) };
    // SAFETY: the slot's owner is that of its home.
    if !unsafe { shard.push(slot.cast()) } {
        // SAFETY: the caller's promise.
        unsafe { keep_slow(slot) };
    }
}

/// As [`release`], where the calling thread's own list will not have the object back.
#[inline(never)]
unsafe fn release_slow<T>(slot: Held<T>) {
    // SAFETY: the slot is there, so its store is.
    let store: &Store<T> = unsafe { of(slot) };
    if let Some(seats) = &store.seats
        && !store.hooks.has_recycle()
        && seats.takes(slot)
    {
        // SAFETY: the caller's promise.
        return unsafe { release_seated(seats, slot) };
    }
    // SAFETY: the caller's promise.
    unsafe { release_with_care(slot) }
}

/// Keeps an object that was made ready for reuse in its seat, or drops it.
///
/// # Safety
///
/// As for [`release`]; [`takes`](Seats::takes) said yes.
#[inline(always)]
unsafe fn release_seated<T>(seats: &Seats<T>, slot: Held<T>) {
    slot::hide(slot);
    // SAFETY: the caller's promise.
    if !unsafe { seats.keep(slot) } {
        // SAFETY: it was not kept, so it is still the caller's.
        unsafe { discard(slot) };
    }
}

/// As [`release`], whatever kind of store it is, and whatever is asked of its objects.
#[inline(never)]
unsafe fn release_with_care<T>(slot: Held<T>) {
    // SAFETY: the slot is there, so its store is.
    let store: &Store<T> = unsafe { of(slot) };
    let is_last_use = store.seats.as_ref().is_some_and(|seats| !seats.has(slot))
        || slot::header(slot).is_pinned();
    // SAFETY: the caller's promise.
    if is_last_use || (store.hooks.has_recycle() && !unsafe { recycle(store, slot) }) {
        // SAFETY: the caller's promise.
        return unsafe { discard(slot) };
    }
    if let Kind::Ambient(here) = store.core.kind {
        // SAFETY: the caller's promise; `here` is of this type.
        return unsafe { settle_here(slot, here) };
    }
    if let Some(seats) = &store.seats
        && seats.takes(slot)
    {
        // SAFETY: the caller's promise.
        return unsafe { release_seated(seats, slot) };
    }
    slot::hide(slot);
    // SAFETY: the caller's promise.
    unsafe { keep_slow(slot) };
}

/// Keeps an object of an ambient store in that of the calling thread.
///
/// # Safety
///
/// As for [`release`]; `here` makes stores of this type.
unsafe fn settle_here<T>(slot: Held<T>, here: fn() -> Option<NonNull<Core>>) {
    let Some(new) = here() else {
        // SAFETY: the caller's promise.
        return unsafe { discard(slot) };
    };
    // SAFETY: the slot is there, so its store is.
    let old = NonNull::from(&unsafe { of(slot) }.core);
    // SAFETY: the calling thread's store is there until the thread ends.
    let core = unsafe { new.as_ref() };
    core.retain();
    core.objects.fetch_add(1, Ordering::Relaxed);
    slot::header(slot).settle(core.common.home(), thread::token());
    // SAFETY: the slot had a reference.
    let count = unsafe { &old.as_ref().objects };
    count.fetch_sub(1, Ordering::Relaxed);
    // SAFETY: it was this slot's, which now has one to the new store.
    unsafe { Core::release(old) };
    slot::hide(slot);
    // SAFETY: the caller's promise.
    unsafe { keep_slow(slot) };
}

/// Keeps an object that was made ready for reuse, or drops it.
#[cold]
#[inline(never)]
unsafe fn keep_slow<T>(slot: Held<T>) {
    // SAFETY: the slot is there, so its store is.
    let store: &Store<T> = unsafe { of(slot) };
    store.measure(slot);
    // SAFETY: the caller's promise.
    if !unsafe { store.keep(slot) } {
        // SAFETY: it was not kept, so it is still the caller's.
        unsafe { discard(slot) };
    }
}

/// True if an idle object may be handed out. If it panics, the object is dropped.
#[inline]
pub(crate) fn check<T>(store: &Store<T>, slot: Held<T>) -> bool {
    if !store.hooks.has_check() {
        return true;
    }
    let on_panic = DiscardOnDrop(slot);
    // SAFETY: callers have taken the slot, with its object.
    let fine = store.hooks.check(unsafe { slot::value(slot).as_mut() });
    mem::forget(on_panic);
    fine
}

/// Makes an object ready for reuse; false: it is not to be kept. If it panics, the object is
/// dropped.
#[inline(always)]
unsafe fn recycle<T>(store: &Store<T>, slot: Held<T>) -> bool {
    let on_panic = DiscardOnDrop(slot);
    // SAFETY: the caller holds the slot with its object.
    let keep = store.hooks.recycle(unsafe { slot::value(slot).as_mut() });
    mem::forget(on_panic);
    keep
}

/// Drops an object in its place, and gives its slot back.
///
/// # Safety
///
/// As for [`release`].
#[cold]
#[inline(never)]
pub(crate) unsafe fn discard<T>(slot: Held<T>) {
    // SAFETY: the slot is there, so its store is.
    let store: &Store<T> = unsafe { of(slot) };
    store.core.discarded.fetch_add(1, Ordering::Relaxed);
    slot::show(slot);
    // Also if `Drop` panics.
    let _vacate = VacateOnDrop(slot);
    // SAFETY: the caller gives the object.
    unsafe { slot::value(slot).drop_in_place() };
}

/// Gives a slot back whose object was taken out.
///
/// # Safety
///
/// As for [`release`], but there is no object.
pub(crate) unsafe fn vacate<T>(slot: Held<T>) {
    // SAFETY: the slot is there, so its store is.
    let store: &Store<T> = unsafe { of(slot) };
    let core = NonNull::from(&store.core);
    if let Some(seats) = &store.seats
        && seats.has(slot)
    {
        // SAFETY: the caller's promise.
        return unsafe { seats.vacate(core, slot) };
    }
    // SAFETY: the slot came from `slot::allocate`, and its holder gives it.
    unsafe { slot::free(slot) };
    // SAFETY: every slot has a reference.
    let count = unsafe { &core.as_ref().objects };
    count.fetch_sub(1, Ordering::Relaxed);
    // SAFETY: it was this slot's.
    unsafe { Core::release(core) };
}

/// Drops the object when it is dropped: its code panicked.
pub(super) struct DiscardOnDrop<T>(pub(super) Held<T>);

impl<T> Drop for DiscardOnDrop<T> {
    fn drop(&mut self) {
        // SAFETY: made by who held the slot with its object, and is gone.
        unsafe { discard(self.0) };
    }
}

/// Gives back a slot without an object when it is dropped.
pub(super) struct VacateOnDrop<T>(pub(super) Held<T>);

impl<T> Drop for VacateOnDrop<T> {
    fn drop(&mut self) {
        // SAFETY: made by who held the slot, whose object is gone.
        unsafe { vacate(self.0) };
    }
}
