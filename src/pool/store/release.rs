//! The way of an object back: made ready for reuse and kept, or dropped.

use super::{Seats, Store, of};
use crate::{
    pool::{
        core::{Core, Kind},
        header::SEATED,
        last,
        shard::{Put, Shard},
        slot::{self, Held},
        thread,
    },
    sync::Ordering,
};
use core::{marker::PhantomData, mem, ptr::NonNull};

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
    // SAFETY: owned slots are at home in a shard.
    let shard = unsafe { Shard::of(last::known(header.home())) };
    // SAFETY: the slot is there, so its store is. Slots in it are of the store's type.
    let store: &Store<T> = unsafe { shard.store().cast().as_ref() };
    match store.on_release {
        // SAFETY: the caller's promise.
        None => unsafe { keep_own(shard, slot) },
        // SAFETY: as above.
        Some(on_release) => unsafe { (on_release.keep)(shard, slot) },
    }
}

/// Keeps an object that is ready for reuse in the calling thread's own shard, or drops it.
///
/// # Safety
///
/// As for [`release`]; `shard` is the slot's home, and its owner, and the slot's, the calling thread.
#[inline(always)]
unsafe fn keep_own<T>(shard: &Shard, slot: Held<T>) {
    slot::hide(slot);
    // SAFETY: the slot's owner is that of its home.
    match unsafe { shard.put_next(slot.cast()) } {
        Put::Kept => {}
        // SAFETY: the caller's promise.
        Put::NotNext => unsafe { keep_listed(shard, slot) },
        // SAFETY: the caller's promise.
        Put::Disputed => unsafe { keep_disputed(shard, slot) },
    }
}

/// Keeps an object on the list of the calling thread's own shard, or drops it.
#[inline(never)]
unsafe fn keep_listed<T>(shard: &Shard, slot: Held<T>) {
    // SAFETY: the calling thread is the owner of its shard, and holds the slot.
    if !unsafe { shard.push_listed(slot.cast()) } {
        // SAFETY: the caller's promise.
        unsafe { keep_slow(slot) };
    }
}

/// Drops an object that was put into the calling thread's own shard if it is its own still. Until
/// that is known it is not touched: a visitor may have it.
#[cold]
#[inline(never)]
unsafe fn keep_disputed<T>(shard: &Shard, slot: Held<T>) {
    // SAFETY: the owner of a shard has a reference to the store (S4).
    let store: &Store<T> = unsafe { shard.store().cast().as_ref() };
    // SAFETY: the calling thread is the owner of its shard.
    if !unsafe { shard.settle_next(|| store.core.wait_for_visitor()) } {
        // SAFETY: it was not kept, so it is still the caller's.
        unsafe { keep_slow(slot) };
    }
}

/// As [`release`], where the calling thread's own list will not have the object back.
#[inline(never)]
unsafe fn release_slow<T>(slot: Held<T>) {
    if slot::header(slot).owner() == SEATED {
        // SAFETY: the slot is there, so its store is; it has a seat.
        let seats = unsafe { Seats::<T>::of(slot::header(slot).home()) };
        if seats.is_unseen {
            slot::hide(slot);
            // SAFETY: the caller's promise.
            if unsafe { seats.keep(slot) } {
                return;
            }
            // SAFETY: it was not kept, so it is still the caller's.
            return unsafe { discard(slot) };
        }
    }
    // SAFETY: the caller's promise.
    unsafe { release_with_care(slot) }
}

/// As [`release`], whatever kind of store it is, and whatever is asked of its objects.
#[inline(never)]
unsafe fn release_with_care<T>(slot: Held<T>) {
    // SAFETY: the slot is there, so its store is.
    let store: &Store<T> = unsafe { of(slot) };
    let is_last_use = store.seats.as_ref().is_some_and(|seats| !seats.has(slot))
        || slot::header(slot).is_pinned();
    if is_last_use {
        // SAFETY: the caller's promise.
        return unsafe { discard(slot) };
    }
    // SAFETY: the caller's promise.
    if store.on_release.is_some_and(|on_release| !unsafe { (on_release.ready)(store, slot) }) {
        return;
    }
    if let Kind::Ambient(here) = store.core.kind {
        // SAFETY: the caller's promise; `here` is of this type.
        return unsafe { settle_here(slot, here) };
    }
    slot::hide(slot);
    match &store.seats {
        Some(seats) if seats.is_plain => {
            // SAFETY: the caller's promise; it has a seat, for this is not its last use.
            if !unsafe { seats.keep(slot) } {
                // SAFETY: it was not kept, so it is still the caller's.
                unsafe { discard(slot) };
            }
        }
        // SAFETY: the caller's promise.
        None if unsafe { store.core.give_back(slot.cast()) } => {}
        // SAFETY: it was not given back, so it is still the caller's.
        _ => unsafe { keep_slow(slot) },
    }
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

/// How objects are made ready for reuse: known where it is compiled, so that it can be inlined.
pub(crate) trait MakeReady<T> {
    /// False: the object was not to be kept, and is dropped.
    ///
    /// # Safety
    ///
    /// As for [`release`]; after `true` the slot is still the caller's.
    unsafe fn make_ready(store: &Store<T>, slot: Held<T>) -> bool;
}

/// What a store does with objects that are released, if their hooks say something.
#[derive(Debug)]
pub(crate) struct OnRelease<T> {
    /// See [`MakeReady`].
    ready: unsafe fn(&Store<T>, Held<T>) -> bool,
    /// And keeps the object: the same for the thread that owns it, in one piece.
    keep: unsafe fn(&Shard, Held<T>),
}

impl<T> Clone for OnRelease<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for OnRelease<T> {}

impl<T> OnRelease<T> {
    pub(crate) const fn new<R: MakeReady<T>>() -> Self {
        Self { ready: R::make_ready, keep: make_ready_and_keep::<T, R> }
    }

    /// As a function of the user says.
    ///
    /// # Safety
    ///
    /// The store's hooks have an `F` for this, and nothing else.
    pub(crate) const unsafe fn by_user<F: Fn(&mut T) -> bool>() -> Self {
        Self::new::<ByUser<F>>()
    }
}

/// Makes an object ready for reuse, and keeps it in the calling thread's own shard.
///
/// # Safety
///
/// As for [`keep_own`].
unsafe fn make_ready_and_keep<T, R: MakeReady<T>>(shard: &Shard, slot: Held<T>) {
    // SAFETY: the slot is there, so its store is. Slots in it are of the store's type.
    let store: &Store<T> = unsafe { shard.store().cast().as_ref() };
    // SAFETY: the caller's promise.
    if unsafe { R::make_ready(store, slot) } {
        // SAFETY: as above.
        unsafe { keep_own(shard, slot) };
    }
}

/// As the store's hooks say.
pub(crate) struct ByHooks;

impl<T> MakeReady<T> for ByHooks {
    unsafe fn make_ready(store: &Store<T>, slot: Held<T>) -> bool {
        // SAFETY: the caller's promise.
        unsafe { judged(slot, |object| store.hooks.recycle(object)) }
    }
}

/// As the hooks say, which say no more than an `F`: see [`OnRelease::by_user`].
struct ByUser<F>(PhantomData<F>);

impl<T, F: Fn(&mut T) -> bool> MakeReady<T> for ByUser<F> {
    #[inline(always)]
    unsafe fn make_ready(store: &Store<T>, slot: Held<T>) -> bool {
        // SAFETY: the promise of who made this.
        let recycle: &F = unsafe { store.hooks.only_recycle() };
        // SAFETY: the caller's promise.
        unsafe { judged(slot, recycle) }
    }
}

/// As `judge` says. If it panics, the object is dropped.
///
/// # Safety
///
/// As for [`MakeReady::make_ready`].
#[inline(always)]
pub(crate) unsafe fn judged<T>(slot: Held<T>, judge: impl FnOnce(&mut T) -> bool) -> bool {
    let on_panic = DiscardOnDrop(slot);
    // SAFETY: the caller holds the slot with its object.
    let keep = judge(unsafe { slot::value(slot).as_mut() });
    mem::forget(on_panic);
    if !keep {
        // SAFETY: the caller's promise.
        unsafe { discard(slot) };
    }
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
