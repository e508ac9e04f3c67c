//! AddressSanitizer's view of blocks, under `--cfg poolalloc_asan`: free ones are poisoned.
//!
//! Without the cfg these functions are empty.
#![cfg_attr(
    any(
        not(all(target_os = "linux", target_pointer_width = "64")),
        loom,
        miri,
        feature = "passthrough"
    ),
    allow(dead_code, reason = "most of it is for the engine, which is left out")
)]

#[cfg(poolalloc_asan)]
unsafe extern "C" {
    fn __asan_poison_memory_region(start: *const core::ffi::c_void, bytes: usize);
    fn __asan_unpoison_memory_region(start: *const core::ffi::c_void, bytes: usize);
}

/// A program that touches `bytes` from `start` on is reported from now on.
#[inline(always)]
pub(crate) fn poison(start: *mut u8, bytes: usize) {
    #[cfg(poolalloc_asan)]
    // SAFETY: marks memory in the sanitizer's shadow; nothing else is touched.
    unsafe {
        __asan_poison_memory_region(start.cast(), bytes);
    }
    let _ = (start, bytes);
}

/// A program may touch `bytes` from `start` on from now on.
#[inline(always)]
pub(crate) fn unpoison(start: *mut u8, bytes: usize) {
    #[cfg(poolalloc_asan)]
    // SAFETY: marks memory in the sanitizer's shadow; nothing else is touched.
    unsafe {
        __asan_unpoison_memory_region(start.cast(), bytes);
    }
    let _ = (start, bytes);
}

/// Runs `access`, which touches at most the 8 bytes around `place`, in a block that is poisoned.
#[inline(always)]
pub(crate) fn within<T, R>(place: *mut T, access: impl FnOnce() -> R) -> R {
    let granule = place.cast::<u8>().map_addr(|address| address & !7);
    unpoison(granule, 8);
    let result = access();
    poison(granule, 8);
    result
}
