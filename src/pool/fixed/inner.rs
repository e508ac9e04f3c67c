//! Slots in an array, the gate before them, and what is done to objects that are made, wanted or come
//! back.

use super::super::{
    gate::{Gate, Links, Taken},
    holders::Holders,
    place,
    wait::{GiveBack, Store, Vacant},
};
use crate::sync::{AtomicU32, AtomicUsize, Ordering, UnsafeCell};
use core::mem::{self, MaybeUninit};

/// How an object is made.
#[derive(Debug)]
pub(super) enum Create<T> {
    Value(fn() -> T),
    InPlace(fn(&mut MaybeUninit<T>) -> &mut T),
}

impl<T> Create<T> {
    fn fill(&self, place: &mut MaybeUninit<T>) {
        match self {
            Self::Value(create) => put(place, *create),
            Self::InPlace(init) => place::fill(place, init),
        }
    }
}

/// A function of its own, for its stack has room for a `T`.
#[inline(never)]
fn put<T>(place: &mut MaybeUninit<T>, create: fn() -> T) {
    place.write(create());
}

/// What the user wants done with objects.
#[derive(Debug)]
pub(super) struct Hooks<T> {
    pub(super) create: Option<Create<T>>,
    pub(super) reset: Option<fn(&mut T)>,
    pub(super) keep_if: Option<fn(&T) -> bool>,
    pub(super) check: Option<fn(&mut T) -> bool>,
}

/// How often what happened. Relaxed: nothing is read through these.
#[derive(Debug)]
pub(super) struct Tally {
    /// An object was made by [`Hooks::create`].
    pub(super) created: AtomicUsize,
    /// An object was dropped.
    pub(super) discarded: AtomicUsize,
}

impl Tally {
    pub(super) const fn new() -> Self {
        Self { created: AtomicUsize::new(0), discarded: AtomicUsize::new(0) }
    }
}

/// Room for an object.
#[derive(Debug)]
pub(super) struct Slot<T> {
    object: UnsafeCell<MaybeUninit<T>>,
    link: AtomicU32,
    /// While it is shared: how many hold it.
    holders: AtomicU32,
}

/// A pool whose slots are `S`: `[Slot<T>; N]`, or `[Slot<T>]` for who need not know `N`.
#[derive(Debug)]
pub(super) struct Inner<T, S: ?Sized = [Slot<T>]> {
    pub(super) gate: Gate,
    pub(super) hooks: Hooks<T>,
    pub(super) tally: Tally,
    pub(super) slots: S,
}

// SAFETY: an object is used by who holds its slot, and the gate shows that thread all that was done
// to it before; so objects go from thread to thread, but none is used by two at a time. The hooks
// are function pointers.
unsafe impl<T: Send, S: ?Sized> Sync for Inner<T, S> {}

impl<T> Slot<T> {
    pub(super) const fn new(object: MaybeUninit<T>, link: u32) -> Self {
        let (link, holders) = (AtomicU32::new(link), AtomicU32::new(0));
        Self { object: UnsafeCell::new(object), link, holders }
    }

    /// The object, if there is one.
    #[inline]
    pub(super) fn object(&self) -> *mut T {
        self.object.with_mut(<*mut MaybeUninit<T>>::cast)
    }
}

impl<T> Inner<T> {
    /// The object of a slot, if there is one.
    #[inline]
    pub(super) fn object(&self, index: u32) -> *mut T {
        debug_assert!((index as usize) < self.slots.len(), "no slot has this index");
        // SAFETY: indices come from the gate, which has as many as there are slots.
        unsafe { self.slots.get_unchecked(index as usize) }.object()
    }

    /// Those who hold the object of a slot together.
    pub(super) fn holders(&self, index: u32) -> Holders<'_> {
        debug_assert!((index as usize) < self.slots.len(), "no slot has this index");
        // SAFETY: indices come from the gate, which has as many as there are slots.
        Holders::new(&unsafe { self.slots.get_unchecked(index as usize) }.holders)
    }

    /// The slot as one with an object in it that may be handed out: made now, if there is none.
    /// `None`: its object did not pass the check, and there is no way to make one; the slot went
    /// back.
    ///
    /// # Safety
    ///
    /// The caller holds the slot.
    #[inline]
    pub(super) unsafe fn filled(&self, taken: Taken<u32>) -> Option<u32> {
        match (taken, self.hooks.check) {
            (Taken::Idle(index), None) => Some(index),
            // SAFETY: the caller's promise; an idle slot has an object.
            (Taken::Idle(index), Some(check)) => unsafe { self.checked(index, check) },
            // SAFETY: the caller's promise; a vacant slot has none.
            (Taken::Vacant(index), _) => unsafe { self.create(index) },
        }
    }

    /// As [`filled`](Self::filled), of an idle slot: if the object does not pass, another one is
    /// made in its place, so that the caller does not lose its turn.
    ///
    /// # Safety
    ///
    /// The caller holds the slot, and there is an object in it.
    unsafe fn checked(&self, index: u32, check: fn(&mut T) -> bool) -> Option<u32> {
        let unwinding = Discard(self, index);
        // SAFETY: the caller's promise.
        let is_good = check(unsafe { &mut *self.object(index) });
        mem::forget(unwinding);
        if is_good {
            return Some(index);
        }
        let vacant = Vacant { store: self, index };
        // SAFETY: the caller's promise; if the drop panics the slot goes back.
        unsafe { self.drop_object(index) };
        // SAFETY: the slot is held, and its object is gone.
        unsafe { self.create(vacant.filled()) }
    }

    /// Makes an object in a slot. `None`: there is no way to make one; the slot went back.
    ///
    /// # Safety
    ///
    /// The caller holds the slot, and there is no object in it.
    #[cold]
    pub(super) unsafe fn create(&self, index: u32) -> Option<u32> {
        let vacant = Vacant { store: self, index };
        let create = self.hooks.create.as_ref()?;
        // SAFETY: the caller holds the slot, and there is no object in it.
        create.fill(unsafe { &mut *self.object(index).cast() });
        self.tally.created.fetch_add(1, Ordering::Relaxed);
        Some(vacant.filled())
    }

    /// Gives back an object as its user left it.
    ///
    /// # Safety
    ///
    /// The caller holds the slot, and there is an object in it.
    #[inline]
    pub(super) unsafe fn recycle(&self, index: u32) {
        if self.hooks.reset.is_some() || self.hooks.keep_if.is_some() {
            // SAFETY: the caller's promise.
            if unsafe { !self.is_wanted(index) } {
                // SAFETY: as above.
                return unsafe { self.discard(index) };
            }
        }
        // SAFETY: as above.
        unsafe { self.release(index) };
    }

    /// Resets the object, and says if it is to be kept. If that panics the object is dropped and
    /// the slot given back.
    ///
    /// # Safety
    ///
    /// The caller holds the slot, and there is an object in it.
    unsafe fn is_wanted(&self, index: u32) -> bool {
        let unwinding = Discard(self, index);
        // SAFETY: the caller's promise.
        let object = unsafe { &mut *self.object(index) };
        if let Some(reset) = self.hooks.reset {
            reset(object);
        }
        let keep = self.hooks.keep_if.is_none_or(|keep_if| keep_if(object));
        mem::forget(unwinding);
        keep
    }
}

/// A held slot with an object, whose user's code is running: if that panics, the object is dropped
/// and the slot given back. To be forgotten if it does not.
#[derive(Debug)]
pub(super) struct Discard<'a, T>(pub(super) &'a Inner<T>, pub(super) u32);

impl<T> Drop for Discard<'_, T> {
    fn drop(&mut self) {
        // SAFETY: the thread that held the slot unwinds, and does no more with it.
        unsafe { self.0.discard(self.1) };
    }
}

impl<T> Links for Inner<T> {
    #[inline]
    fn link(&self, index: u32) -> &AtomicU32 {
        debug_assert!((index as usize) < self.slots.len(), "no slot has this index");
        // SAFETY: indices come from the gate, which has as many as there are slots.
        &unsafe { self.slots.get_unchecked(index as usize) }.link
    }
}

impl<T> Store for Inner<T> {
    type Slot = u32;

    #[inline]
    fn gate(&self) -> &Gate {
        &self.gate
    }

    #[inline]
    fn slot(&self, index: u32) -> u32 {
        index
    }

    unsafe fn drop_object(&self, index: u32) {
        self.tally.discarded.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { self.object(index).drop_in_place() };
    }
}
