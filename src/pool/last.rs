//! Where the calling thread took an object from last.
//!
//! An object that is released knows its home. But the processor knows that only once it has the
//! object's address, which in a loop of get and release it waits for: what is got is what was released,
//! by way of memory. A home that the thread remembers is there at once. It is the right one if the
//! comparison says so, and the processor foretells what comparisons say.

extern crate std;

use crate::pool::header::Home;
use core::{
    cell::Cell,
    ptr::{self, NonNull},
};
use std::thread_local;

thread_local! {
    /// Only compared: what lies there may be gone.
    static LAST: Cell<*mut Home> = const { Cell::new(ptr::null_mut()) };
}

/// The calling thread takes an object from `home`.
#[inline(always)]
pub(crate) fn take_from(home: NonNull<Home>) {
    LAST.set(home.as_ptr());
}

/// `home`, for which the processor need not wait if the thread took from there last.
#[inline(always)]
pub(crate) fn known(home: NonNull<Home>) -> NonNull<Home> {
    let last = LAST.get();
    if last == home.as_ptr() { by_address(last, home) } else { home }
}

/// `home`, out of the register of `last`, which is equal.
#[cfg(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(miri)))]
#[inline(always)]
fn by_address(last: *mut Home, home: NonNull<Home>) -> NonNull<Home> {
    let known: *mut Home;
    // SAFETY: no instruction is executed. Both registers hold the same address, so what comes out is
    // `home`; only the compiler does not see that, and would take the other register.
    unsafe {
        core::arch::asm!(
            "/* {0} is {1} */",
            inlateout(reg) last => known,
            in(reg) home.as_ptr(),
            options(pure, readonly, nostack, preserves_flags),
        );
    }
    // SAFETY: it is `home`.
    unsafe { NonNull::new_unchecked(known) }
}

#[cfg(not(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(miri))))]
fn by_address(_: *mut Home, home: NonNull<Home>) -> NonNull<Home> {
    home
}
