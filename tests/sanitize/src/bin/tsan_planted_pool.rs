//! An object that one thread writes after it was released, while another one has it: ThreadSanitizer
//! must report it.

use poolalloc::Pool;
use sanitize::threads::in_threads;
use std::{
    ptr,
    sync::atomic::{AtomicPtr, Ordering},
    thread,
};

fn main() {
    for pool in [Pool::new(|| 0_u64), Pool::builder(|| 0).capacity(1).build()] {
        let released = AtomicPtr::new(ptr::null_mut::<u64>());
        in_threads(2, |thread| {
            if thread == 0 {
                released.store(&raw mut *pool.get(), Ordering::Release);
                return (0..1000).for_each(|n| *pool.get() = n);
            }
            while released.load(Ordering::Acquire).is_null() {
                thread::yield_now();
            }
            let number = released.load(Ordering::Relaxed);
            for n in 0..1000 {
                // SAFETY: none, it is the planted bug: the object is somebody else's.
                unsafe { number.write_volatile(n) };
            }
        });
    }
}
