//! The mailbox of a shard: the [`Ring`] in which one other thread returns slots, made where it is wanted.
//!
//! Who drains the remote list sees how slots come home. If several came at once the shard gets a ring,
//! whose sender is the next thread that returns something. If slots come by the list for long and none by
//! the ring, its sender does other things by now: the ring is shut for good, and there is a new one.
//!
//! | step | who    | operation                                  | ordering |
//! |------|--------|--------------------------------------------|----------|
//! | X1   | inside | store `current` = a new ring               | Release  |
//! | X2   | any    | load `current`                             | Acquire  |
//!
//! * **X** A ring is there as long as its shard, also after X1 put another one in its place: who has seen it
//!   holds a slot of the shard. Its sender has a reference of its own (L).

extern crate std;

use super::Ring;
use crate::{
    pool::header::Header,
    sync::{AtomicPtr, Ordering, UnsafeCell},
};
use core::ptr::{self, NonNull};
use std::sync::Arc;

/// How often in a row slots have come by the list only when a ring is given up for the first time. Then
/// twice as often each time: there are never many rings.
const FIRST_PATIENCE: u32 = 8;

/// The rings of a shard.
#[derive(Debug)]
pub(super) struct Mailbox {
    /// From `Arc::into_raw`, or null.
    current: AtomicPtr<Ring>,
    /// Who is inside uses it.
    watch: UnsafeCell<Watch>,
}

/// How slots have come home lately.
#[derive(Debug)]
struct Watch {
    /// What the ring had seen taken when it was looked at last.
    taken: usize,
    /// How often in a row slots came by the list only.
    in_vain: u32,
    patience: u32,
    /// The rings that were given up.
    old: std::vec::Vec<Arc<Ring>>,
}

impl Mailbox {
    /// A mailbox without a ring.
    pub(super) fn new() -> Self {
        let watch =
            Watch { taken: 0, in_vain: 0, patience: FIRST_PATIENCE, old: std::vec::Vec::new() };
        Self { current: AtomicPtr::new(ptr::null_mut()), watch: UnsafeCell::new(watch) }
    }

    /// X2: the ring, if there is one.
    #[inline(always)]
    pub(super) fn ring(&self) -> Option<&Ring> {
        // X2. Acquire: the ring as it was made. Pairs with: Release in `renew`.
        let ring = NonNull::new(self.current.load(Ordering::Acquire))?;
        // SAFETY: X: it is there as long as this.
        Some(unsafe { ring.as_ref() })
    }

    /// Takes the slot that was sent first.
    ///
    /// # Safety
    ///
    /// The calling thread is inside of the shard.
    #[inline(always)]
    pub(super) unsafe fn take(&self) -> Option<NonNull<Header>> {
        // SAFETY: the caller is inside.
        self.ring().and_then(|ring| unsafe { ring.take() })
    }

    /// Slots may be sent.
    ///
    /// # Safety
    ///
    /// As [`take`](Self::take).
    pub(super) unsafe fn open(&self) {
        // SAFETY: the caller is inside.
        self.ring().into_iter().for_each(|ring| unsafe { ring.open() });
    }

    /// No slot is sent any more. What was sent is there to be taken.
    ///
    /// # Safety
    ///
    /// As [`take`](Self::take).
    pub(super) unsafe fn shut(&self) {
        // SAFETY: the caller is inside.
        self.ring().into_iter().for_each(|ring| unsafe { ring.shut() });
    }

    /// Slots on their way, for who is inside.
    pub(super) fn count(&self) -> usize {
        self.ring().map_or(0, Ring::count)
    }

    /// Slots have come home by the list; `left`: gets what is in a ring that is given up.
    ///
    /// # Safety
    ///
    /// The calling thread is inside of the shard, which is open and may have a mailbox.
    pub(super) unsafe fn note_list(&self, left: impl FnMut(NonNull<Header>)) {
        let Some(ring) = self.ring() else { return self.renew() };
        // SAFETY: the caller is inside.
        let is_in_vain = self.watch.with_mut(|watch| unsafe { (*watch).is_in_vain(ring.taken()) });
        if is_in_vain && !ring.wants_sender() {
            // SAFETY: as above.
            unsafe { ring.shut() };
            // SAFETY: as above.
            core::iter::from_fn(|| unsafe { ring.take() }).for_each(left);
            self.renew();
        }
    }

    /// X1: puts a new ring in the place of the one that there is.
    fn renew(&self) {
        let new = Arc::into_raw(Arc::new(Ring::new())).cast_mut();
        // Relaxed: only who is inside writes it.
        let old = self.current.load(Ordering::Relaxed);
        // X1. Release: the new ring. Pairs with: Acquire in `ring`.
        self.current.store(new, Ordering::Release);
        if !old.is_null() {
            // SAFETY: from `into_raw`; its reference goes to the old rings.
            let old = unsafe { Arc::from_raw(old) };
            // SAFETY: callers are inside.
            self.watch.with_mut(|watch| unsafe { (*watch).give_up(old) });
        }
    }
}

impl Watch {
    /// Looks at a ring which has `taken` so many: true if slots came by the list only for too long.
    fn is_in_vain(&mut self, taken: usize) -> bool {
        self.in_vain = if taken == self.taken { self.in_vain + 1 } else { 0 };
        self.taken = taken;
        self.in_vain >= self.patience
    }

    fn give_up(&mut self, ring: Arc<Ring>) {
        self.old.push(ring);
        self.taken = 0;
        self.in_vain = 0;
        self.patience = self.patience.saturating_mul(2);
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        let current = self.current.load(Ordering::Relaxed);
        if !current.is_null() {
            // SAFETY: from `into_raw`, and nobody uses the shard any more. The sender has a reference of
            // its own.
            drop(unsafe { Arc::from_raw(current) });
        }
    }
}
