//! Objects of one local pool: made, handed out, made ready for reuse, kept or dropped.
//!
//! User code runs only between the steps: no borrow is held then, and a guard on the stack sees to
//! the slot if it panics.

use super::slot::{self, Held, Slot, head, hide, show, store_of, value};
use crate::pool::{error::TryGetError, hooks::Hooks};
use core::{
    cell::Cell,
    convert::Infallible,
    mem::{self, MaybeUninit},
    ptr::{self, NonNull},
};

/// The objects of one pool.
pub(super) struct Store<T> {
    /// The slot that is got next, or null. Most gets follow a release, so this is mostly all.
    hot: Cell<*mut Slot<T>>,
    head: Cell<*mut Slot<T>>,
    /// Slots below `head`.
    listed: Cell<usize>,
    idle_bytes: Cell<usize>,
    /// Nothing is bounded and nothing checked: the way through is short.
    is_plain: Cell<bool>,
    hooks: Hooks<T>,
    /// The handles together, and each object.
    refs: Cell<usize>,
    handles: Cell<usize>,
    free: unsafe fn(NonNull<Self>),
    closed: Cell<bool>,
    capacity: Cell<Option<usize>>,
    /// Objects that count for the capacity.
    counted: Cell<usize>,
    max_idle: usize,
    max_idle_bytes: usize,
    objects: Cell<usize>,
    created: Cell<usize>,
    discarded: Cell<usize>,
}

fn add(counter: &Cell<usize>, more: isize) {
    counter.set(counter.get().wrapping_add_signed(more));
}

/// Gives a slot's object back.
///
/// # Safety
///
/// The caller holds the slot, with its object, and does not use it again.
#[inline(always)]
pub(super) unsafe fn release<T>(slot: Held<T>) {
    // SAFETY: the slot is there, so its store is.
    let store = unsafe { store_of(slot) };
    if head(slot).is_last_use.get() || (store.hooks.has_recycle() && !store.recycle(slot)) {
        // SAFETY: the caller's promise.
        return unsafe { discard(slot) };
    }
    if store.is_plain.get() {
        store.push(slot);
    } else if !store.keep(slot) {
        // SAFETY: it was not kept, so it is still the caller's.
        unsafe { discard(slot) };
    }
}

/// Drops an object in its place.
///
/// # Safety
///
/// As for [`release`].
#[cold]
pub(super) unsafe fn discard<T>(slot: Held<T>) {
    // SAFETY: the slot is there, so its store is.
    add(&unsafe { store_of(slot) }.discarded, 1);
    show(slot);
    // Also if `Drop` panics.
    let _vacate = Vacate(slot);
    // SAFETY: the caller gives the object.
    unsafe { value(slot).drop_in_place() };
}

/// Takes an object out.
///
/// # Safety
///
/// As for [`release`].
pub(super) unsafe fn detach<T>(slot: Held<T>) -> T {
    let _vacate = Vacate(slot);
    // SAFETY: the caller gives the object, which is not used in the slot again.
    unsafe { value(slot).read() }
}

/// The object is dropped when it is released.
///
/// # Safety
///
/// The caller holds the slot.
pub(super) unsafe fn pin<T>(slot: Held<T>) {
    head(slot).is_last_use.set(true);
}

/// Gives back a slot without an object when it is dropped.
struct Vacate<T>(Held<T>);

impl<T> Drop for Vacate<T> {
    fn drop(&mut self) {
        let (store, is_counted) = (head(self.0).store, head(self.0).is_counted);
        // SAFETY: it came from `allocate`, and its holder gives it.
        unsafe { slot::free(self.0) };
        // SAFETY: every slot has a reference.
        let it = unsafe { store.as_ref() };
        add(&it.objects, -1);
        add(&it.counted, -isize::from(is_counted));
        // SAFETY: the reference was the slot's.
        unsafe { Store::unref(store) };
    }
}

/// Drops the object when it is dropped: its code panicked.
struct Discard<T>(Held<T>);

impl<T> Drop for Discard<T> {
    fn drop(&mut self) {
        // SAFETY: made by who held the slot with its object, and is gone.
        unsafe { discard(self.0) };
    }
}

impl<T> Store<T> {
    pub(super) fn new(
        free: unsafe fn(NonNull<Self>),
        hooks: Hooks<T>,
        capacity: Option<usize>,
        max_idle: usize,
        max_idle_bytes: usize,
    ) -> Self {
        let is_plain = capacity.is_none() && max_idle == usize::MAX && max_idle_bytes == usize::MAX;
        Self {
            hot: Cell::new(ptr::null_mut()),
            head: Cell::new(ptr::null_mut()),
            listed: Cell::new(0),
            idle_bytes: Cell::new(0),
            is_plain: Cell::new(is_plain),
            hooks,
            refs: Cell::new(1),
            handles: Cell::new(1),
            free,
            closed: Cell::new(false),
            capacity: Cell::new(capacity),
            counted: Cell::new(0),
            max_idle,
            max_idle_bytes,
            objects: Cell::new(0),
            created: Cell::new(0),
            discarded: Cell::new(0),
        }
    }

    pub(super) fn add_handle(&self) {
        add(&self.handles, 1);
    }

    /// Removes a handle; the last one closes the store.
    ///
    /// # Safety
    ///
    /// The handle is the caller's, and it does not use the store afterwards.
    pub(super) unsafe fn drop_handle(this: NonNull<Self>) {
        /// Also if an object's `Drop` panics.
        struct Unref<T>(NonNull<Store<T>>);
        impl<T> Drop for Unref<T> {
            fn drop(&mut self) {
                // SAFETY: the reference of all handles, of which the last is gone.
                unsafe { Store::unref(self.0) };
            }
        }
        // SAFETY: the handle is there, so its store is.
        let store = unsafe { this.as_ref() };
        add(&store.handles, -1);
        if store.handles.get() == 0 {
            let _unref = Unref(this);
            store.close();
        }
    }

    /// # Safety
    ///
    /// The reference is the caller's, and it does not use the store afterwards.
    unsafe fn unref(this: NonNull<Self>) {
        // SAFETY: there is a reference.
        let store = unsafe { this.as_ref() };
        add(&store.refs, -1);
        if store.refs.get() == 0 {
            // SAFETY: there is none left.
            unsafe { (store.free)(this) };
        }
    }

    #[inline(always)]
    fn push(&self, slot: Held<T>) {
        hide(slot);
        if self.hot.get().is_null() {
            return self.hot.set(slot.as_ptr());
        }
        head(slot).link.set(self.head.get());
        self.head.set(slot.as_ptr());
        add(&self.listed, 1);
    }

    #[inline(always)]
    fn pop(&self) -> Option<Held<T>> {
        let slot = match NonNull::new(self.hot.get()) {
            Some(slot) => {
                self.hot.set(ptr::null_mut());
                slot
            }
            None => {
                let slot = NonNull::new(self.head.get())?;
                self.head.set(head(slot).link.get());
                add(&self.listed, -1);
                slot
            }
        };
        show(slot);
        Some(slot)
    }

    /// Idle objects.
    fn idle(&self) -> usize {
        self.listed.get() + usize::from(!self.hot.get().is_null())
    }

    /// An idle object of a pool without bounds and checks.
    #[inline(always)]
    pub(super) fn take_fast(&self) -> Option<Held<T>> {
        if self.is_plain.get() && !self.hooks.has_check() { self.pop() } else { None }
    }

    /// An idle object that passes the check.
    pub(super) fn take_idle(&self) -> Option<Held<T>> {
        loop {
            let slot = self.pop()?;
            add(&self.idle_bytes, -head(slot).bytes.take().cast_signed());
            let on_panic = Discard(slot);
            // SAFETY: taken off the list, so the code at hand holds it.
            if self.hooks.check(unsafe { value(slot).as_mut() }) {
                mem::forget(on_panic);
                return Some(slot);
            }
            drop(on_panic);
        }
    }

    fn has_room(&self) -> bool {
        self.capacity.get().is_none_or(|capacity| self.counted.get() < capacity)
    }

    /// An error if there is no object to be had within the capacity.
    pub(super) fn may_get(&self) -> Result<(), TryGetError> {
        if self.closed.get() {
            Err(TryGetError::Closed)
        } else if self.idle() == 0 && !self.has_room() {
            Err(TryGetError::Empty)
        } else {
            Ok(())
        }
    }

    #[cold]
    pub(super) fn get<E>(
        &self,
        fill: impl FnOnce(&mut MaybeUninit<T>) -> Result<(), E>,
    ) -> Result<Held<T>, E> {
        match self.take_idle() {
            Some(slot) => Ok(slot),
            None => self.create(fill),
        }
    }

    pub(super) fn try_get<E>(
        &self,
        fill: impl FnOnce(&mut MaybeUninit<T>) -> Result<(), E>,
    ) -> Result<Result<Held<T>, E>, TryGetError> {
        self.may_get()?;
        if let Some(slot) = self.take_idle() {
            return Ok(Ok(slot));
        }
        self.may_get()?;
        Ok(self.create(fill))
    }

    fn create<E>(
        &self,
        fill: impl FnOnce(&mut MaybeUninit<T>) -> Result<(), E>,
    ) -> Result<Held<T>, E> {
        let slot = self.fill_new(fill)?;
        add(&self.created, 1);
        Ok(slot)
    }

    /// An object in a new slot; beyond the capacity it is dropped on release.
    pub(super) fn fill_new<E>(
        &self,
        fill: impl FnOnce(&mut MaybeUninit<T>) -> Result<(), E>,
    ) -> Result<Held<T>, E> {
        let is_counted = self.has_room();
        let slot = slot::allocate(NonNull::from(self), is_counted);
        add(&self.refs, 1);
        add(&self.objects, 1);
        add(&self.counted, isize::from(is_counted));
        let vacate = Vacate(slot);
        // SAFETY: the slot is fresh, and nobody else has it.
        fill(unsafe { value(slot).cast().as_mut() })?;
        mem::forget(vacate);
        Ok(slot)
    }

    /// Makes an object ready for reuse; false: it is not to be kept.
    #[inline(always)]
    fn recycle(&self, slot: Held<T>) -> bool {
        let on_panic = Discard(slot);
        // SAFETY: callers hold the slot with its object.
        let keep = self.hooks.recycle(unsafe { value(slot).as_mut() });
        mem::forget(on_panic);
        keep
    }

    /// Keeps an object that is ready for reuse; false: it is still the caller's.
    fn keep(&self, slot: Held<T>) -> bool {
        // SAFETY: callers hold the slot with its object.
        let bytes = self.hooks.footprint(unsafe { value(slot).as_ref() });
        let held = self.idle_bytes.get().saturating_add(bytes);
        let is_over = self.capacity.get().is_some_and(|capacity| self.counted.get() > capacity);
        let fits = self.idle() < self.max_idle && held <= self.max_idle_bytes;
        if self.closed.get() || is_over || !fits {
            return false;
        }
        head(slot).bytes.set(bytes);
        self.idle_bytes.set(held);
        self.push(slot);
        true
    }

    pub(super) fn put(&self, mut object: T) -> Result<(), T> {
        if self.closed.get() || !self.has_room() || !self.hooks.recycle(&mut object) {
            return Err(object);
        }
        let fill = |place: &mut MaybeUninit<T>| {
            place.write(object);
            Ok::<_, Infallible>(())
        };
        let slot = match self.fill_new(fill) {
            Ok(slot) => slot,
            Err(never) => match never {},
        };
        if self.keep(slot) {
            return Ok(());
        }
        // SAFETY: it was not kept, so it is still here.
        Err(unsafe { detach(slot) })
    }

    pub(super) fn prefill(
        &self,
        count: usize,
        create: impl Fn(&mut MaybeUninit<T>) -> Result<(), Infallible>,
    ) -> usize {
        for done in 0..count {
            if self.closed.get() || !self.has_room() {
                return done;
            }
            let slot = match self.create(&create) {
                Ok(slot) => slot,
                Err(never) => match never {},
            };
            if !self.keep(slot) {
                // SAFETY: it was not kept, so it is still here.
                unsafe { discard(slot) };
                return done;
            }
        }
        count
    }
}

mod upkeep;
