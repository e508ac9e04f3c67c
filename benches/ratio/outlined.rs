//! An allocator behind calls that are not inlined, like those of a program without LTO.

use crate::common::{Session, rows::Row, subject::Subject};
use mimalloc::MiMalloc;
use poolalloc::PoolAlloc;
use std::alloc::{GlobalAlloc, Layout, System};

static POOLALLOC: Outlined<PoolAlloc> = Outlined(PoolAlloc::new());
static MIMALLOC: Outlined<MiMalloc> = Outlined(MiMalloc);
static SYSTEM: Outlined<System> = Outlined(System);

struct Outlined<A>(A);

// SAFETY: the inner allocator fulfils the contract, and every call goes to it unchanged.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Outlined<A> {
    #[inline(never)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { self.0.alloc(layout) }
    }

    #[inline(never)]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { self.0.dealloc(block, layout) }
    }

    #[inline(never)]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { self.0.alloc_zeroed(layout) }
    }

    #[inline(never)]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { self.0.realloc(block, layout, size) }
    }
}

/// `row`'s workload on `subject`, whose calls are not inlined.
pub(crate) fn open(subject: Subject, row: &Row) -> Box<dyn Session> {
    match subject {
        Subject::PoolAlloc => row.open(&POOLALLOC),
        Subject::MiMalloc => row.open(&MIMALLOC),
        Subject::System => row.open(&SYSTEM),
    }
}
