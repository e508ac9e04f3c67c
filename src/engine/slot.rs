//! The word of each thread that names its heap, with initial-exec access (feature `initial-exec`).
//!
//! `thread_local!` in a shared library is a call of `__tls_get_addr` for each access. This word has
//! a fixed distance from the thread's own address instead, which the loader writes into the global
//! offset table: two loads, no call, and it can be read at any time in a thread's life. The price
//! is paid by the loader: the word must find room in the block that every thread was made with. A
//! library that comes in by `dlopen` takes it from a small reserve, and where that is used up, is
//! refused. One word is hardly ever refused; a plug-in in a host with many of them may be.
//!
//! Stable Rust cannot say this of a `static`, so assembly defines the word and reads it. Its name
//! has the version in it: a program may hold several.

use crate::engine::heap::{Heap, NO_HEAP};
use core::arch::{asm, global_asm};

macro_rules! name {
    () => {
        concat!("\"poolalloc_heap_", env!("CARGO_PKG_VERSION"), "\"")
    };
}

// The word begins as the heap of nobody.
global_asm!(
    ".pushsection .tdata.poolalloc_heap, \"awT\", @progbits",
    concat!(".globl ", name!()),
    concat!(".hidden ", name!()),
    concat!(".type ", name!(), ", @object"),
    concat!(".size ", name!(), ", 8"),
    ".p2align 3",
    concat!(name!(), ":"),
    ".quad {}",
    ".popsection",
    sym NO_HEAP,
);

/// The calling thread's heap, or the one of nobody.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(crate) fn get() -> &'static Heap {
    let heap: *const Heap;
    // SAFETY: reads the word of the calling thread; nothing is written.
    unsafe {
        asm!(
            concat!("mov {heap}, qword ptr [rip + ", name!(), "@GOTTPOFF]"),
            "mov {heap}, qword ptr fs:[{heap}]",
            heap = out(reg) heap,
            options(pure, readonly, nostack, preserves_flags),
        );
    }
    // SAFETY: the word is only ever given heaps, which are never unmapped, and begins as one that is
    // never written.
    unsafe { &*heap }
}

/// Names the calling thread's heap.
#[cfg(target_arch = "x86_64")]
pub(crate) fn set(heap: *const Heap) {
    // SAFETY: writes the word of the calling thread, which is only read by `get`.
    unsafe {
        asm!(
            concat!("mov {offset}, qword ptr [rip + ", name!(), "@GOTTPOFF]"),
            "mov qword ptr fs:[{offset}], {heap}",
            offset = out(reg) _,
            heap = in(reg) heap,
            options(nostack, preserves_flags),
        );
    }
}

/// The calling thread's heap, or the one of nobody.
#[cfg(target_arch = "aarch64")]
#[inline(always)]
pub(crate) fn get() -> &'static Heap {
    let heap: *const Heap;
    // SAFETY: reads the word of the calling thread; nothing is written.
    unsafe {
        asm!(
            concat!("adrp {heap}, :gottprel:", name!()),
            concat!("ldr {heap}, [{heap}, :gottprel_lo12:", name!(), "]"),
            "mrs {thread}, tpidr_el0",
            "ldr {heap}, [{thread}, {heap}]",
            heap = out(reg) heap,
            thread = out(reg) _,
            options(pure, readonly, nostack, preserves_flags),
        );
    }
    // SAFETY: the word is only ever given heaps, which are never unmapped, and begins as one that is
    // never written.
    unsafe { &*heap }
}

/// Names the calling thread's heap.
#[cfg(target_arch = "aarch64")]
pub(crate) fn set(heap: *const Heap) {
    // SAFETY: writes the word of the calling thread, which is only read by `get`.
    unsafe {
        asm!(
            concat!("adrp {offset}, :gottprel:", name!()),
            concat!("ldr {offset}, [{offset}, :gottprel_lo12:", name!(), "]"),
            "mrs {thread}, tpidr_el0",
            "str {heap}, [{thread}, {offset}]",
            offset = out(reg) _,
            thread = out(reg) _,
            heap = in(reg) heap,
            options(nostack, preserves_flags),
        );
    }
}
