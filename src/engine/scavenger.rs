//! The scavenger: a thread that gives free memory back while the program sleeps.
//!
//! It lives only as long as something waits to go back, half a second mostly, and is started by
//! who freed much, at the end of a slow path, where nothing is held: to start a thread may call
//! `malloc`. It holds no lock, has no heap and allocates nothing. All signals are blocked in it. If
//! the system does not grant it, slow paths purge as they do without. What the system does not take
//! back, locked memory say, does not keep it from ending.

use crate::{
    config::{SCAVENGER_MIN_BYTES, SCAVENGER_STACK_BYTES, SCAVENGER_TOLD_KIB},
    engine::{
        moves, os, purge, registry,
        watch::{self, WATCH},
    },
};
use core::{ffi::c_void, ptr};

/// Starts a scavenger if one is needed, and nobody else starts it.
pub(crate) fn start() {
    if !WATCH.begin() {
        return;
    }
    if !watch::options().scavenger() {
        return WATCH.refuse();
    }
    WATCH.begin_look();
    // What waits in them is not seen below.
    registry::cool();
    while purge::free_bytes() < SCAVENGER_MIN_BYTES {
        if WATCH.end(SCAVENGER_TOLD_KIB) {
            return;
        }
        WATCH.begin_look();
    }
    // SAFETY: `run` takes nothing, and the code stays mapped: see `pin`.
    if !unsafe { os::start_thread(run, SCAVENGER_STACK_BYTES) } {
        // Not asked for again: who forbids it once, as a filter of system calls does, may be asked
        // once.
        WATCH.refuse();
    }
}

extern "C" fn run(_: *mut c_void) -> *mut c_void {
    os::name_thread(c"poolalloc");
    loop {
        WATCH.begin_look();
        moves::make(registry::cool);
        if !purge::look() && WATCH.end(SCAVENGER_TOLD_KIB) {
            return ptr::null_mut();
        }
        os::sleep_ms(watch::options().purge_after_ms());
    }
}
