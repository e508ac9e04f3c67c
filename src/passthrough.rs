//! In place of the engine: every request goes to the system's allocator.
//!
//! Under Miri, with the feature `passthrough`, and on targets that are not supported yet.

extern crate std;

use crate::{options::Options, stats::Stats};
use core::alloc::{GlobalAlloc, Layout};
use std::alloc::System;

pub(crate) const fn is_large(_: Layout) -> bool {
    false
}

#[cfg_attr(loom, allow(dead_code, reason = "for the pools, which are left out"))]
pub(crate) unsafe fn alloc(layout: Layout) -> *mut u8 {
    // SAFETY: the caller's promise.
    unsafe { System.alloc(layout) }
}

pub(crate) unsafe fn alloc_with(layout: Layout, _: Options) -> *mut u8 {
    // SAFETY: the caller's promise.
    unsafe { System.alloc(layout) }
}

pub(crate) unsafe fn alloc_zeroed_with(layout: Layout, _: Options) -> *mut u8 {
    // SAFETY: the caller's promise.
    unsafe { System.alloc_zeroed(layout) }
}

pub(crate) unsafe fn dealloc(block: *mut u8, layout: Layout) {
    // SAFETY: the caller's promise.
    unsafe { System.dealloc(block, layout) }
}

pub(crate) unsafe fn realloc(block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
    // SAFETY: the caller's promise.
    unsafe { System.realloc(block, layout, new_size) }
}

pub(crate) fn collect() {}

pub(crate) fn good_size(layout: Layout) -> usize {
    layout.size()
}

pub(crate) fn usable_size(_: *mut u8, layout: Layout) -> usize {
    layout.size()
}

/// Nothing is ours.
pub(crate) fn owns(_: *const u8) -> bool {
    false
}

pub(crate) fn stats() -> Stats {
    Stats::default()
}
