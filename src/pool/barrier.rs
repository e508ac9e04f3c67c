//! A barrier of which one side costs nothing: the rare side makes the system run one on every
//! core that runs a thread of this process.
//!
//! **F1** Of two threads, one that stores `a`, passes [`light`], loads `b`, and one that stores
//! `b`, passes [`heavy`], loads `a`, at least one sees the other's store. Where the system has no
//! such call, [`light_is_enough`] says no, and who would pass `light` passes [`full`].
//!
//! That is all: what one thread wrote before the barrier is not the other's to use after it. Who may
//! use what follows from an Acquire that reads a Release, as everywhere. So ThreadSanitizer, which
//! does not know barriers, sees every order that there is, and reports one that is missing.

use crate::sync::{Ordering, fence};

/// A full barrier, as [`heavy`] is one for its own thread.
#[inline]
pub(crate) fn full() {
    // SeqCst: two of these are ordered, which is F1.
    fence(Ordering::SeqCst);
}

/// The side that is passed often.
#[inline(always)]
pub(crate) fn light() {
    // A model cannot stop a core, so there the two sides are alike.
    #[cfg(loom)]
    fence(Ordering::SeqCst);
    // The core is stopped by `heavy`; the compiler must not move the store past the load.
    #[cfg(not(loom))]
    crate::sync::compiler_fence(Ordering::SeqCst);
}

#[cfg(all(target_os = "linux", not(loom), not(miri)))]
mod system {
    use crate::sync::{AtomicU8, Ordering};

    const REGISTER: libc::c_int = 1 << 4; // MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED
    const BARRIER: libc::c_int = 1 << 3; // MEMBARRIER_CMD_PRIVATE_EXPEDITED

    static STATE: AtomicU8 = AtomicU8::new(UNKNOWN);
    const UNKNOWN: u8 = 0;
    const THERE: u8 = 1;
    const MISSING: u8 = 2;

    fn call(command: libc::c_int) -> bool {
        // SAFETY: a barrier; no memory is passed.
        unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) == 0 }
    }

    pub(crate) fn light_is_enough() -> bool {
        // Relaxed: whoever gets here first asks the system, and all get the same answer.
        let mut state = STATE.load(Ordering::Relaxed);
        if state == UNKNOWN {
            state = if call(REGISTER) && call(BARRIER) { THERE } else { MISSING };
            STATE.store(state, Ordering::Relaxed);
        }
        state == THERE
    }

    pub(crate) fn stop_all_cores() {
        if light_is_enough() {
            call(BARRIER);
        }
    }
}

/// The side that is passed rarely. Cost: a system call of a few microseconds.
pub(crate) fn heavy() {
    full();
    #[cfg(all(target_os = "linux", not(loom), not(miri)))]
    {
        system::stop_all_cores();
        full();
    }
}

/// True if [`light`] will do opposite to [`heavy`]: the system has the call.
#[cfg(not(loom))]
pub(crate) fn light_is_enough() -> bool {
    #[cfg(all(target_os = "linux", not(miri)))]
    return system::light_is_enough();
    #[cfg(not(all(target_os = "linux", not(miri))))]
    return false;
}
