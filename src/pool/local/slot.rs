//! The place of one object of a local pool. Slots never move.

use super::store::Store;
extern crate std;

use crate::{asan, engine};
use core::{
    alloc::Layout,
    cell::Cell,
    mem::{MaybeUninit, offset_of},
    ptr::{self, NonNull},
};
use std::alloc::handle_alloc_error;

/// A place for an object.
#[repr(C)]
pub(super) struct Slot<T> {
    head: Head<T>,
    value: MaybeUninit<T>,
}

/// What lies in front of an object.
#[repr(C)]
pub(super) struct Head<T> {
    pub(super) store: NonNull<Store<T>>,
    /// The idle slot below this one.
    pub(super) link: Cell<*mut Slot<T>>,
    /// Bytes that are counted for it while it is idle.
    pub(super) bytes: Cell<usize>,
    /// It was made beyond the capacity, or pinned: it is dropped on release.
    pub(super) is_last_use: Cell<bool>,
    /// It counts for the capacity.
    pub(super) is_counted: bool,
}

/// A slot whose holder the code at hand is.
pub(super) type Held<T> = NonNull<Slot<T>>;

/// The object in a slot.
#[inline(always)]
pub(super) fn value<T>(slot: Held<T>) -> NonNull<T> {
    // SAFETY: inside of the slot.
    unsafe { slot.byte_add(offset_of!(Slot<T>, value)).cast() }
}

/// The slot that an object lies in.
///
/// # Safety
///
/// `value` came from [`value`].
pub(super) unsafe fn of_value<T>(value: NonNull<T>) -> Held<T> {
    // SAFETY: the caller's promise.
    unsafe { value.byte_sub(offset_of!(Slot<T>, value)).cast() }
}

/// What a slot says of itself; never its object.
#[inline(always)]
pub(super) fn head<'a, T>(slot: Held<T>) -> &'a Head<T> {
    // SAFETY: slots begin with a head, from first to last, and the code at hand holds this one.
    unsafe { slot.cast().as_ref() }
}

/// The store of a slot.
///
/// # Safety
///
/// It is there as long as `'a`: an object of the slot is.
#[inline(always)]
pub(super) unsafe fn store_of<'a, T>(slot: Held<T>) -> &'a Store<T> {
    // SAFETY: the caller's promise.
    unsafe { head(slot).store.as_ref() }
}

/// Memory for an object, from the allocator of this crate.
pub(super) fn allocate<T>(store: NonNull<Store<T>>, is_counted: bool) -> Held<T> {
    let layout = const { Layout::new::<Slot<T>>() };
    // SAFETY: a slot is larger than nothing.
    let block = unsafe { engine::alloc(layout) };
    let Some(slot) = NonNull::new(block.cast::<Slot<T>>()) else { handle_alloc_error(layout) };
    let head = Head {
        store,
        link: Cell::new(ptr::null_mut()),
        bytes: Cell::new(0),
        is_last_use: Cell::new(!is_counted),
        is_counted,
    };
    // SAFETY: fresh memory of the slot's layout.
    unsafe { slot.cast().write(head) };
    slot
}

/// Gives back the memory of a slot, which has no object any more.
///
/// # Safety
///
/// It came from [`allocate`], and is not used again.
pub(super) unsafe fn free<T>(slot: Held<T>) {
    // SAFETY: the caller's promise.
    unsafe { engine::dealloc(slot.as_ptr().cast(), const { Layout::new::<Slot<T>>() }) };
}

/// The object is idle: under AddressSanitizer nobody may touch it now.
#[inline(always)]
pub(super) fn hide<T>(slot: Held<T>) {
    asan::poison(value(slot).as_ptr().cast(), size_of::<T>());
}

/// The object is in use again.
#[inline(always)]
pub(super) fn show<T>(slot: Held<T>) {
    asan::unpoison(value(slot).as_ptr().cast(), size_of::<T>());
}
