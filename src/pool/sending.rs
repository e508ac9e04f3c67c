//! The rings that the calling thread is the sender to: see [`Ring`].

extern crate std;

use crate::pool::{shard::Ring, thread};
use core::{cell::RefCell, ptr::NonNull};
use std::{sync::Arc, thread_local, vec::Vec};

thread_local! {
    static SENDING: Sending = const { Sending { to: RefCell::new(Vec::new()) } };
}

struct Sending {
    to: RefCell<Vec<Arc<Ring>>>,
}

/// Makes the calling thread the sender to a ring, if that wants one and the thread is not at its end.
///
/// No pool is kept by it: a ring is memory, and nothing of a user's is dropped with it.
///
/// # Safety
///
/// The pointer came from `Arc::into_raw`, not from a reference, and that `Arc` is still there.
#[cold]
#[inline(never)]
pub(crate) unsafe fn begin(ring: NonNull<Ring>) {
    let claim = |sending: &Sending| {
        // An allocator that releases objects may come back here.
        let Ok(mut to) = sending.to.try_borrow_mut() else { return };
        if to.len() == to.capacity() {
            // Now and then, so that pools that come and go leave no trail.
            to.retain(|ring| Arc::strong_count(ring) > 1);
            to.reserve(1);
        }
        // SAFETY: the caller's promise.
        if unsafe { ring.as_ref() }.claim(thread::name()) {
            // SAFETY: as above.
            unsafe { Arc::increment_strong_count(ring.as_ptr()) };
            // SAFETY: that reference.
            to.push(unsafe { Arc::from_raw(ring.as_ptr()) });
        }
    };
    if !thread::has_ended() {
        // An error: the list is gone already.
        let _ = SENDING.try_with(claim);
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        for ring in self.to.get_mut() {
            // SAFETY: this thread is its sender.
            unsafe { ring.resign() };
        }
    }
}
