//! Objects of one type: made, handed out, made ready for reuse, kept or dropped.
//!
//! User code, which is the hooks and `Drop` of the object, runs only between the steps: nothing
//! is locked or borrowed, and a guard on the stack sees to the slot if it panics.

use super::std::vec::Vec;
use crate::{
    pool::{
        core::{Core, Kind, Place},
        header::{Header, NOBODY},
        hooks::Hooks,
        gate::Taken,
        limits::Limits,
        seats::Seats,
        shard::Shard,
        slot::{self, Held, Slot},
        stats::Stats,
        thread,
    },
    sync::{AtomicUsize, Ordering},
};
use core::{
    mem::{self, MaybeUninit},
    ptr::NonNull,
};

/// A store of objects of type `T`.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Store<T> {
    pub(crate) core: Core,
    pub(crate) hooks: Hooks<T>,
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

#[inline(never)]
unsafe fn release_slow<T>(slot: Held<T>) {
    // SAFETY: the slot is there, so its store is.
    let store: &Store<T> = unsafe { of(slot) };
    let is_last_use = match &store.seats {
        Some(seats) => !seats.has(slot),
        None => false,
    };
    let is_last_use = is_last_use || slot::header(slot).is_pinned();
    // SAFETY: the caller's promise.
    if is_last_use || (store.hooks.has_recycle() && !unsafe { recycle(store, slot) }) {
        // SAFETY: the caller's promise.
        return unsafe { discard(slot) };
    }
    if let Some(seats) = &store.seats {
        slot::hide(slot);
        store.measure(slot);
        // SAFETY: the caller's promise; the slot has a seat.
        if !unsafe { store.keep_seated(seats, slot) } {
            // SAFETY: it was not kept, so it is still the caller's.
            unsafe { discard(slot) };
        }
        return;
    }
    if let Kind::Ambient(here) = store.core.kind {
        // SAFETY: the caller's promise; `here` is of this type.
        return unsafe { settle_here(slot, here) };
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

struct DiscardOnDrop<T>(Held<T>);

impl<T> Drop for DiscardOnDrop<T> {
    fn drop(&mut self) {
        // SAFETY: made by who held the slot with its object, and is gone.
        unsafe { discard(self.0) };
    }
}

struct VacateOnDrop<T>(Held<T>);

impl<T> Drop for VacateOnDrop<T> {
    fn drop(&mut self) {
        // SAFETY: made by who held the slot, whose object is gone.
        unsafe { vacate(self.0) };
    }
}

impl<T> Store<T> {
    /// A store with one handle, to be moved to `at`.
    ///
    /// * `free`: frees what lies there.
    /// * `capacity`: of a store of that kind.
    pub(crate) fn new(
        kind: Kind,
        at: NonNull<()>,
        free: unsafe fn(NonNull<Core>),
        hooks: Hooks<T>,
        limits: Limits,
        room: usize,
        capacity: Option<u32>,
    ) -> Self {
        let seats = capacity.map(|capacity| Seats::new(at, capacity));
        let core = Core::new(kind, at, free, limits, room, hooks.has_check());
        Self { core, hooks, seats }
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

    /// An idle object, as the calling thread's own.
    #[inline(always)]
    pub(crate) fn take_own(&self) -> Option<Held<T>> {
        let slot = typed(self.core.pop_own()?);
        slot::show(slot);
        Some(slot)
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

    /// An idle object, or a new one.
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
            return self.take_own().or_else(|| self.take_idle(self.core.place()));
        };
        // SAFETY: the calling thread's store is there until the thread ends.
        let shard = unsafe { &here()?.as_ref().common };
        // SAFETY: it is the calling thread's.
        let slot = typed(unsafe { shard.pop() }?);
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
        drop(DiscardAll::<T>::new(idle));
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

    /// Makes up to `count` objects and keeps them where every thread finds them. Returns how many.
    pub(crate) fn prefill<E>(
        &self,
        count: usize,
        mut create: impl FnMut(&mut MaybeUninit<T>) -> Result<(), E>,
    ) -> Result<usize, E> {
        for done in 0..count {
            if self.core.is_closed() {
                return Ok(done);
            }
            let slot = match &self.seats {
                None => self.create_at(self.nowhere(), &mut create)?,
                Some(seats) => match seats.bounded.take_vacant() {
                    None => return Ok(done),
                    Some(seat) => self.occupy(seats, Taken::Vacant(seat), &mut create)?,
                },
            };
            slot::hide(slot);
            self.measure(slot);
            // SAFETY: made just now.
            if !unsafe { self.keep(slot) } {
                // SAFETY: it was not kept, so it is still here.
                unsafe { discard(slot) };
                return Ok(done);
            }
        }
        Ok(count)
    }

    /// Drops the idle objects that `keep` refuses. They are nobody's while it runs.
    pub(crate) fn retain(&self, mut keep: impl FnMut(&mut T) -> bool) {
        // What a panic leaves is dropped, too.
        let mut rest = DiscardAll::<T>::new(self.take_all());
        while let Some(slot) = rest.0.pop() {
            slot::show(slot);
            let on_panic = DiscardOnDrop(slot);
            // SAFETY: taken off the lists, so this thread holds it.
            if keep(unsafe { slot::value(slot).as_mut() }) {
                mem::forget(on_panic);
                slot::hide(slot);
                // SAFETY: as above.
                unsafe { self.return_idle(slot) };
            }
        }
    }

    /// Keeps an idle object again.
    unsafe fn return_idle(&self, slot: Held<T>) {
        self.measure(slot);
        // SAFETY: the caller's promise.
        if !unsafe { self.keep(slot) } {
            // SAFETY: it was not kept, so it is still here.
            unsafe { discard(slot) };
        }
    }

    fn take_all(&self) -> Vec<NonNull<Header>> {
        match &self.seats {
            None => self.core.take_all(),
            Some(seats) => self.take_all_seated(seats),
        }
    }

    /// Drops idle objects until at most `idle` are left.
    pub(crate) fn shrink_to(&self, idle: usize) {
        let mut all = DiscardAll::<T>::new(self.take_all());
        let kept = all.0.len().min(idle);
        for slot in all.0.drain(..kept) {
            // SAFETY: taken off the lists, so this thread holds it.
            unsafe { self.return_idle(slot) };
        }
    }

    /// Changes the capacity; false: there is none.
    pub(crate) fn set_capacity(&self, capacity: usize) -> bool {
        if let Some(seats) = &self.seats {
            seats.bounded.set_capacity(u32::try_from(capacity).unwrap_or(u32::MAX));
        }
        self.seats.is_some()
    }

    pub(crate) fn stats(&self) -> Stats {
        let (idle, waiting) = match &self.seats {
            None => (self.core.count_idle(), 0),
            Some(seats) => {
                let counts = seats.bounded.counts();
                (counts.idle, counts.waiting)
            }
        };
        let count = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
        Stats {
            idle,
            live: count(&self.core.objects),
            waiting,
            created: count(&self.core.created),
            discarded: count(&self.core.discarded),
        }
    }

    /// From now on nothing is kept; drops what is idle.
    pub(crate) fn close(&self) {
        drop(DiscardAll::<T>::new(self.core.close()));
        if let Some(seats) = &self.seats {
            seats.bounded.close();
        }
    }
}

/// Objects that are dropped, all of them, also if one panics.
struct DiscardAll<T>(Vec<Held<T>>);

impl<T> DiscardAll<T> {
    fn new(slots: Vec<NonNull<Header>>) -> Self {
        Self(slots.into_iter().map(typed).collect())
    }
}

impl<T> Drop for DiscardAll<T> {
    fn drop(&mut self) {
        /// Goes on where a panic stopped; a second one aborts.
        struct Rest<'a, T>(&'a mut Vec<Held<T>>);
        impl<T> Rest<'_, T> {
            fn discard(&mut self) {
                while let Some(slot) = self.0.pop() {
                    // SAFETY: taken off the lists, so this thread holds it.
                    unsafe { discard(slot) };
                }
            }
        }
        impl<T> Drop for Rest<'_, T> {
            fn drop(&mut self) {
                self.discard();
            }
        }
        Rest(&mut self.0).discard();
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
