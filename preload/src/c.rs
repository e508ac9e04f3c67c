//! The C allocation interface, with glibc's semantics.

use core::{ffi::c_void, ptr::NonNull};
use libc::{EINVAL, ENOMEM, c_int};
use poolalloc::c;

fn set_errno(value: c_int) {
    // SAFETY: the address of the calling thread's `errno`, valid as long as the thread runs.
    let errno = unsafe { libc::__errno_location() };
    // SAFETY: as above.
    unsafe { *errno = value };
}

/// The block, or null with `errno` for it.
fn or_enomem(block: *mut u8) -> *mut c_void {
    if block.is_null() {
        set_errno(ENOMEM);
    }
    block.cast()
}

fn refuse(errno: c_int) -> *mut c_void {
    set_errno(errno);
    core::ptr::null_mut()
}

/// `extern`, so that the compiler knows that it does not unwind, and jumps there.
#[inline(never)]
extern "C" fn malloc_far(size: usize) -> *mut c_void {
    or_enomem(c::alloc(size))
}

/// C's. `malloc(0)` is a block of its own.
#[unsafe(no_mangle)]
extern "C" fn malloc(size: usize) -> *mut c_void {
    c::alloc_at_hand(size).map_or_else(|| malloc_far(size), |block| block.as_ptr().cast())
}

/// C's.
///
/// # Safety
///
/// As the C standard has it.
#[unsafe(no_mangle)]
unsafe extern "C" fn free(block: *mut c_void) {
    // SAFETY: the caller's promise.
    unsafe { c::free(block.cast()) }
}

/// C's.
#[unsafe(no_mangle)]
extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    match count.checked_mul(size) {
        Some(bytes) => or_enomem(c::alloc_zeroed(bytes)),
        None => refuse(ENOMEM),
    }
}

/// C's. With a size of 0 the block is freed, and the result is null.
///
/// # Safety
///
/// As the C standard has it.
#[unsafe(no_mangle)]
unsafe extern "C" fn realloc(block: *mut c_void, size: usize) -> *mut c_void {
    if block.is_null() {
        return malloc(size);
    }
    if size == 0 {
        // SAFETY: the caller's promise.
        unsafe { free(block) };
        return core::ptr::null_mut();
    }
    // SAFETY: the caller's promise.
    or_enomem(unsafe { c::realloc(block.cast(), size) })
}

/// BSD's: [`realloc`] to `count * size` bytes.
///
/// # Safety
///
/// As for [`realloc`].
#[unsafe(no_mangle)]
unsafe extern "C" fn reallocarray(block: *mut c_void, count: usize, size: usize) -> *mut c_void {
    match count.checked_mul(size) {
        // SAFETY: the caller's promise.
        Some(bytes) => unsafe { realloc(block, bytes) },
        None => refuse(ENOMEM),
    }
}

/// GNU's. An alignment that is no power of two is rounded up to one, as glibc does.
#[unsafe(no_mangle)]
extern "C" fn memalign(align: usize, size: usize) -> *mut c_void {
    match align.checked_next_power_of_two() {
        Some(align) => or_enomem(c::alloc_aligned(size, align)),
        None => refuse(EINVAL),
    }
}

/// POSIX's. Returns the error, and leaves `errno` alone.
///
/// # Safety
///
/// `result` may be written to.
#[unsafe(no_mangle)]
unsafe extern "C" fn posix_memalign(result: *mut *mut c_void, align: usize, size: usize) -> c_int {
    if !align.is_power_of_two() || align < size_of::<*mut c_void>() {
        return EINVAL;
    }
    let Some(block) = NonNull::new(c::alloc_aligned(size, align)) else { return ENOMEM };
    // SAFETY: the caller's promise.
    unsafe { result.write(block.as_ptr().cast()) };
    0
}

/// C's. An alignment that is no power of two is refused, as glibc does since 2.38.
#[unsafe(no_mangle)]
extern "C" fn aligned_alloc(align: usize, size: usize) -> *mut c_void {
    if align.is_power_of_two() { memalign(align, size) } else { refuse(EINVAL) }
}

fn page_bytes() -> usize {
    // SAFETY: sysconf reads a number.
    usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096)
}

/// BSD's: aligned to a page.
#[unsafe(no_mangle)]
extern "C" fn valloc(size: usize) -> *mut c_void {
    memalign(page_bytes(), size)
}

/// GNU's: whole pages.
#[unsafe(no_mangle)]
extern "C" fn pvalloc(size: usize) -> *mut c_void {
    match size.max(1).checked_next_multiple_of(page_bytes()) {
        Some(bytes) => memalign(page_bytes(), bytes),
        None => refuse(ENOMEM),
    }
}

/// GNU's: all of these bytes may be used. 0 for null.
///
/// # Safety
///
/// `block` is null or live.
#[unsafe(no_mangle)]
unsafe extern "C" fn malloc_usable_size(block: *mut c_void) -> usize {
    // SAFETY: the caller's promise.
    unsafe { c::usable_size(block.cast()) }
}

/// C23's. The size is not needed.
///
/// # Safety
///
/// As for [`free`].
#[unsafe(no_mangle)]
unsafe extern "C" fn free_sized(block: *mut c_void, _size: usize) {
    // SAFETY: the caller's promise.
    unsafe { c::free(block.cast()) }
}

/// C23's. Alignment and size are not needed.
///
/// # Safety
///
/// As for [`free`].
#[unsafe(no_mangle)]
unsafe extern "C" fn free_aligned_sized(block: *mut c_void, _align: usize, _size: usize) {
    // SAFETY: the caller's promise.
    unsafe { c::free(block.cast()) }
}

/// The name that libraries of the nineties have for [`free`].
///
/// # Safety
///
/// As for [`free`].
#[unsafe(no_mangle)]
unsafe extern "C" fn cfree(block: *mut c_void) {
    // SAFETY: the caller's promise.
    unsafe { c::free(block.cast()) }
}
