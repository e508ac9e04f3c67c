//! C++'s `operator new` and `operator delete`, under the names that the Itanium ABI gives them where
//! `size_t` is `unsigned long`.
//!
//! When there is no memory, the operator of the C++ runtime that the program has takes over: it
//! calls the new-handler, asks `malloc` again, and throws its `bad_alloc`. The runtime is looked up
//! then, and never linked: programs in C do without.

use core::{
    ffi::{CStr, c_void},
    mem,
};
use poolalloc::c;

type New = unsafe extern "C-unwind" fn(usize) -> *mut c_void;
type NewNothrow = unsafe extern "C-unwind" fn(usize, *const c_void) -> *mut c_void;
type NewAligned = unsafe extern "C-unwind" fn(usize, usize) -> *mut c_void;
type NewAlignedNothrow = unsafe extern "C-unwind" fn(usize, usize, *const c_void) -> *mut c_void;

/// The runtime's own function of this name, the next after ours. Programs that open C++ libraries
/// late have the runtime where only a look-up by its name finds it.
fn runtime(name: &CStr) -> Option<*mut c_void> {
    // SAFETY: a look-up by name.
    let next = unsafe { libc::dlsym(libc::RTLD_NEXT, name.as_ptr()) };
    if !next.is_null() {
        return Some(next);
    }
    [c"libstdc++.so.6", c"libc++.so.1", c"libc++abi.so.1"].into_iter().find_map(|library| {
        let flags = libc::RTLD_LAZY | libc::RTLD_NOLOAD;
        // SAFETY: names a library that is loaded, or gets null.
        let handle = unsafe { libc::dlopen(library.as_ptr(), flags) };
        if handle.is_null() {
            return None;
        }
        // SAFETY: a look-up by name. The handle is kept: so is the library.
        let found = unsafe { libc::dlsym(handle, name.as_ptr()) };
        (!found.is_null()).then_some(found)
    })
}

/// A throwing operator can neither return null nor throw what nobody knows.
fn no_runtime() -> ! {
    crate::line::Text::<128>::say(format_args!(
        "poolalloc: operator new: out of memory, and no C++ runtime is there to throw bad_alloc"
    ));
    // SAFETY: ends the process.
    unsafe { libc::abort() }
}

#[cold]
#[inline(never)]
extern "C-unwind" fn new_far(size: usize) -> *mut c_void {
    let block = c::alloc(size);
    if !block.is_null() {
        return block.cast();
    }
    let Some(new) = runtime(c"_Znwm") else { no_runtime() };
    // SAFETY: the ABI gives this name to a function of this type.
    let new = unsafe { mem::transmute::<*mut c_void, New>(new) };
    // SAFETY: any size may be asked for.
    unsafe { new(size) }
}

#[cold]
#[inline(never)]
extern "C-unwind" fn new_nothrow_far(size: usize, tag: *const c_void) -> *mut c_void {
    let block = c::alloc(size);
    if !block.is_null() {
        return block.cast();
    }
    let Some(new) = runtime(c"_ZnwmRKSt9nothrow_t") else { return core::ptr::null_mut() };
    // SAFETY: the ABI gives this name to a function of this type.
    let new = unsafe { mem::transmute::<*mut c_void, NewNothrow>(new) };
    // SAFETY: any size may be asked for.
    unsafe { new(size, tag) }
}

#[inline(always)]
fn new(size: usize) -> *mut c_void {
    c::alloc_at_hand(size).map_or_else(|| new_far(size), |block| block.as_ptr().cast())
}

#[inline(always)]
fn new_nothrow(size: usize, tag: *const c_void) -> *mut c_void {
    c::alloc_at_hand(size).map_or_else(|| new_nothrow_far(size, tag), |block| block.as_ptr().cast())
}

fn new_aligned(size: usize, align: usize) -> *mut c_void {
    let block = c::alloc_aligned(size, align);
    if !block.is_null() {
        return block.cast();
    }
    let Some(new) = runtime(c"_ZnwmSt11align_val_t") else { no_runtime() };
    // SAFETY: the ABI gives this name to a function of this type.
    let new = unsafe { mem::transmute::<*mut c_void, NewAligned>(new) };
    // SAFETY: any size may be asked for.
    unsafe { new(size, align) }
}

fn new_aligned_nothrow(size: usize, align: usize, tag: *const c_void) -> *mut c_void {
    let block = c::alloc_aligned(size, align);
    if !block.is_null() {
        return block.cast();
    }
    let name = c"_ZnwmSt11align_val_tRKSt9nothrow_t";
    let Some(new) = runtime(name) else { return core::ptr::null_mut() };
    // SAFETY: the ABI gives this name to a function of this type.
    let new = unsafe { mem::transmute::<*mut c_void, NewAlignedNothrow>(new) };
    // SAFETY: any size may be asked for.
    unsafe { new(size, align, tag) }
}

/// Defines operators `new`: one for objects and one for arrays, which do the same.
macro_rules! new {
    ($($object:ident, $array:ident = $function:ident($($argument:ident: $type:ty),*);)*) => {$(
        /// `operator new`.
        #[unsafe(no_mangle)]
        extern "C-unwind" fn $object($($argument: $type),*) -> *mut c_void {
            $function($($argument),*)
        }

        /// `operator new[]`.
        #[unsafe(no_mangle)]
        extern "C-unwind" fn $array($($argument: $type),*) -> *mut c_void {
            $function($($argument),*)
        }
    )*};
}

new! {
    _Znwm, _Znam = new(size: usize);
    _ZnwmRKSt9nothrow_t, _ZnamRKSt9nothrow_t = new_nothrow(size: usize, tag: *const c_void);
    _ZnwmSt11align_val_t, _ZnamSt11align_val_t = new_aligned(size: usize, align: usize);
    _ZnwmSt11align_val_tRKSt9nothrow_t, _ZnamSt11align_val_tRKSt9nothrow_t =
        new_aligned_nothrow(size: usize, align: usize, tag: *const c_void);
}

/// Defines operators `delete`. None of them needs more than the block: a size is what a program
/// believes, the address is what there is.
macro_rules! delete {
    ($($name:ident($($argument:ident: $type:ty),*);)*) => {$(
        /// `operator delete`.
        ///
        /// # Safety
        ///
        /// As the C++ standard has it.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name(block: *mut c_void $(, $argument: $type)*) {
            // SAFETY: the caller's promise.
            unsafe { c::free(block.cast()) }
        }
    )*};
}

delete! {
    _ZdlPv();
    _ZdaPv();
    _ZdlPvm(_size: usize);
    _ZdaPvm(_size: usize);
    _ZdlPvRKSt9nothrow_t(_tag: *const c_void);
    _ZdaPvRKSt9nothrow_t(_tag: *const c_void);
    _ZdlPvSt11align_val_t(_align: usize);
    _ZdaPvSt11align_val_t(_align: usize);
    _ZdlPvmSt11align_val_t(_size: usize, _align: usize);
    _ZdaPvmSt11align_val_t(_size: usize, _align: usize);
    _ZdlPvSt11align_val_tRKSt9nothrow_t(_align: usize, _tag: *const c_void);
    _ZdaPvSt11align_val_tRKSt9nothrow_t(_align: usize, _tag: *const c_void);
}
