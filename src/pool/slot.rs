//! The place of one object, with its header in front. Slots never move.

extern crate std;

use crate::{
    asan, engine,
    pool::header::{Header, Home},
};
use core::{
    alloc::Layout,
    mem::{MaybeUninit, offset_of},
    ptr::NonNull,
};
use std::alloc::handle_alloc_error;

/// A place for an object.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Slot<T> {
    header: Header,
    value: MaybeUninit<T>,
}

/// A slot whose holder the code at hand is.
pub(crate) type Held<T> = NonNull<Slot<T>>;

/// The object in a slot.
#[inline(always)]
pub(crate) fn value<T>(slot: Held<T>) -> NonNull<T> {
    // SAFETY: inside of the slot.
    unsafe { slot.byte_add(offset_of!(Slot<T>, value)).cast() }
}

/// The slot that an object lies in.
///
/// # Safety
///
/// `value` came from [`value`].
pub(crate) unsafe fn of_value<T>(value: NonNull<T>) -> Held<T> {
    // SAFETY: the caller's promise.
    unsafe { value.byte_sub(offset_of!(Slot<T>, value)).cast() }
}

/// The header of a slot.
#[inline(always)]
pub(crate) fn header<'a, T>(slot: Held<T>) -> &'a Header {
    // SAFETY: slots have a header from first to last, and the code at hand holds this one.
    unsafe { slot.cast().as_ref() }
}

/// Memory for an object, from the allocator of this crate.
pub(crate) fn allocate<T>(home: NonNull<Home>) -> Held<T> {
    let layout = const { Layout::new::<Slot<T>>() };
    // SAFETY: a slot is larger than nothing.
    let block = unsafe { engine::alloc(layout) };
    let Some(slot) = NonNull::new(block.cast::<Slot<T>>()) else { handle_alloc_error(layout) };
    // SAFETY: fresh memory of the slot's layout.
    unsafe { write_header(slot, Header::new(home)) };
    slot
}

/// Makes a slot without an object.
///
/// # Safety
///
/// `slot` is fresh memory for one.
pub(crate) unsafe fn write_header<T>(slot: Held<T>, header: Header) {
    // SAFETY: the caller's promise; the header is the first field.
    unsafe { slot.cast().write(header) };
}

/// Gives back the memory of a slot, which has no object any more.
///
/// # Safety
///
/// It came from [`allocate`], and is not used again.
pub(crate) unsafe fn free<T>(slot: Held<T>) {
    // SAFETY: the caller's promise.
    unsafe { engine::dealloc(slot.as_ptr().cast(), const { Layout::new::<Slot<T>>() }) };
}

/// The object is idle: under AddressSanitizer nobody may touch it now.
#[inline(always)]
pub(crate) fn hide<T>(slot: Held<T>) {
    asan::poison(value(slot).as_ptr().cast(), size_of::<T>());
}

/// The object is in use again.
#[inline(always)]
pub(crate) fn show<T>(slot: Held<T>) {
    asan::unpoison(value(slot).as_ptr().cast(), size_of::<T>());
}
