//! Planted faults: allocators and workloads that a run, or the gate on its figures, must notice.

use nix::sys::signal::{Signal, raise};
use std::{hash::BuildHasher, thread, time::Duration};
use versus_workloads::{Group, Params, Workload};

/// System after a spin: some 20 µs for each block, many times what a block costs even in a debug
/// build, so that neither the machine nor its other work can hide it.
#[cfg(feature = "alloc-planted-slow")]
pub(crate) struct Slow;

#[cfg(feature = "alloc-planted-slow")]
const _: () = {
    use std::alloc::{GlobalAlloc, Layout, System};

    // SAFETY: System does everything.
    unsafe impl GlobalAlloc for Slow {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            for _ in 0..1_000 {
                std::hint::spin_loop();
            }
            // SAFETY: the caller's promise.
            unsafe { System.alloc(layout) }
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            // SAFETY: the caller's promise.
            unsafe { System.dealloc(block, layout) }
        }
    }
};

/// System, which is not told of one free in four.
#[cfg(feature = "alloc-planted-leaky")]
pub(crate) struct Leaky;

#[cfg(feature = "alloc-planted-leaky")]
const _: () = {
    use std::{
        alloc::{GlobalAlloc, Layout, System},
        sync::atomic::{AtomicU32, Ordering},
    };

    static FREES: AtomicU32 = AtomicU32::new(0);

    // SAFETY: System does everything that is done.
    unsafe impl GlobalAlloc for Leaky {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            // SAFETY: the caller's promise.
            unsafe { System.alloc(layout) }
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            // Relaxed: nothing but the number is read.
            if FREES.fetch_add(1, Ordering::Relaxed) % 4 != 0 {
                // SAFETY: the caller's promise.
                unsafe { System.dealloc(block, layout) }
            }
        }
    }
};

/// Workloads that do not end well.
pub(crate) const WORKLOADS: &[Workload] = &[
    Workload { name: "planted-crash", group: Group::Local, about: "aborts", run: crash },
    Workload { name: "planted-kill", group: Group::Local, about: "is killed", run: kill },
    Workload { name: "planted-hang", group: Group::Local, about: "does not end", run: hang },
    Workload {
        name: "planted-wrong",
        group: Group::Local,
        about: "has another checksum each time",
        run: wrong,
    },
];

fn crash(params: &Params<'_>) -> u64 {
    params.start();
    std::process::abort();
}

fn kill(params: &Params<'_>) -> u64 {
    params.start();
    raise(Signal::SIGKILL).expect("a process may kill itself");
    0
}

fn hang(params: &Params<'_>) -> u64 {
    params.start();
    loop {
        thread::sleep(Duration::from_secs(1));
    }
}

fn wrong(params: &Params<'_>) -> u64 {
    params.start();
    std::hash::RandomState::new().hash_one(())
}
