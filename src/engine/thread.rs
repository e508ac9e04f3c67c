//! The heap of the calling thread: first use, the thread's end, and the thread that is left after
//! a fork.
//!
//! The only module that needs std, for `thread_local!`. The slot has a constant first value and
//! no destructor, so it is one load, at any time in a thread's life. (In a shared library it is a
//! call, unless the feature `initial-exec` puts `slot` in its place.) The end of the thread is
//! told by a pthread key: those run after the destructors of Rust's thread-locals, which so
//! still find the heap. Whoever allocates or frees even later borrows a heap for the one call.

extern crate std;

use crate::{
    engine::{fork, heap::Heap, heap::NO_HEAP, os, purge, registry, scavenger, watch::WATCH},
    sync::{AtomicBool, AtomicU64, Ordering},
};
use core::{cell::Cell, ffi::c_void, ptr};

#[cfg(all(feature = "initial-exec", any(target_arch = "x86_64", target_arch = "aarch64")))]
use crate::engine::slot;
/// What the module `slot` does, as the compiler does it.
#[cfg(not(all(feature = "initial-exec", any(target_arch = "x86_64", target_arch = "aarch64"))))]
mod slot {
    extern crate std;

    use crate::engine::heap::{Heap, NO_HEAP};
    use core::cell::Cell;

    std::thread_local! {
        static HEAP: Cell<*const Heap> = const { Cell::new(NO_HEAP.as_heap()) };
    }

    #[inline(always)]
    pub(super) fn get() -> &'static Heap {
        // SAFETY: it is only ever given heaps, which are never unmapped, and begins as one that is never
        // written.
        unsafe { &*HEAP.with(Cell::get) }
    }

    pub(super) fn set(heap: *const Heap) {
        HEAP.set(heap);
    }
}

std::thread_local! {
    static ENDED: Cell<bool> = const { Cell::new(false) };
    /// Where no key is to be had, a destructor of Rust's tells the end.
    static END: EndOfThread = const { EndOfThread };
}

/// The calling thread's heap, or the one of nobody.
#[inline(always)]
pub(crate) fn heap() -> &'static Heap {
    slot::get()
}

/// Runs `f` with a heap that the calling thread holds. `None`: there is no memory for one.
pub(crate) fn with_heap<T>(f: impl FnOnce(&'static Heap) -> T) -> Option<T> {
    let heap = heap();
    let result = if heap.is_nobody() { with_new_heap(f) } else { Some(f(heap)) };
    look_after_memory();
    result
}

#[cold]
fn with_new_heap<T>(f: impl FnOnce(&'static Heap) -> T) -> Option<T> {
    let heap = registry::acquire()?;
    if ENDED.get() {
        let result = f(heap);
        registry::retire(heap);
        return Some(result);
    }
    // The slot first: what follows may allocate in a program whose `malloc` we are.
    slot::set(heap);
    os::with_errno_kept(|| {
        follow_forks();
        if !tell_end_by_key(heap) {
            let _ = END.try_with(|_| ());
        }
    });
    Some(f(heap))
}

/// Called where slow paths end, and the calling thread holds nothing: to start a thread may call
/// `malloc`.
#[inline]
pub(crate) fn look_after_memory() {
    if WATCH.is_wanted() {
        start_scavenger();
    }
    if purge::takes_cooling() {
        registry::cool();
    }
}

#[cold]
#[inline(never)]
fn start_scavenger() {
    os::with_errno_kept(|| {
        // Its child would take the scavenger to be there.
        follow_forks();
        scavenger::start();
    });
}

/// Asks to be called in the child of each fork. Once per process.
fn follow_forks() {
    static FOLLOWED: AtomicBool = AtomicBool::new(false);
    // Relaxed: the exchange gives the call to one thread.
    if !FOLLOWED.swap(true, Ordering::Relaxed) {
        // SAFETY: `in_child` lives as long as the process. Without memory for the entry, the
        // child of a fork keeps the heaps of vanished threads, and is otherwise right.
        unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
    }
}

unsafe extern "C" fn in_child() {
    // SAFETY: that is where this is called.
    unsafe { fork::recover(heap()) };
}

/// The value of a pthread key, or that there is none.
static KEY: AtomicU64 = AtomicU64::new(NO_KEY_YET);
const NO_KEY_YET: u64 = u64::MAX;
const REFUSED: u64 = u64::MAX - 1;

fn tell_end_by_key(heap: &'static Heap) -> bool {
    let Ok(key) = libc::pthread_key_t::try_from(key()) else { return false };
    let value = ptr::from_ref(heap).cast();
    // SAFETY: the key was created, and is never deleted.
    unsafe { libc::pthread_setspecific(key, value) == 0 }
}

fn key() -> u64 {
    // Relaxed: a number; the key behind it belongs to the process.
    let known = KEY.load(Ordering::Relaxed);
    if known != NO_KEY_YET {
        return known;
    }
    let mut key = 0;
    // SAFETY: `key` is a place to write to, and `end_by_key` lives as long as the process.
    let made = unsafe { libc::pthread_key_create(&raw mut key, Some(end_by_key)) } == 0;
    let value = if made { key.into() } else { REFUSED };
    let order = Ordering::Relaxed;
    match KEY.compare_exchange(NO_KEY_YET, value, order, order) {
        Ok(_) => value,
        Err(known) => {
            if made {
                // SAFETY: created above, and nobody else knows it.
                unsafe { libc::pthread_key_delete(key) };
            }
            known
        }
    }
}

unsafe extern "C" fn end_by_key(_: *mut c_void) {
    end();
}

struct EndOfThread;

impl Drop for EndOfThread {
    fn drop(&mut self) {
        end();
    }
}

/// Gives back all that the thread holds, in a few steps per slab.
fn end() {
    let heap = heap();
    slot::set(NO_HEAP.as_heap());
    ENDED.set(true);
    if !heap.is_nobody() {
        registry::retire(heap);
        look_after_memory();
    }
}
