//! The mailbox of a shard: the [`Ring`] in which one other thread returns slots, made where it is wanted.
//!
//! The owner, when it drains the remote list, sees how slots come home. If several came at once the shard
//! gets a ring, whose sender is the next thread that returns something. If slots come by the list for long
//! and none by the ring, its sender does other things by now: the ring is shut for good, and there is a new
//! one. Where the light barrier is not enough there are no rings.
//!
//! | step | who    | operation                                  | ordering |
//! |------|--------|--------------------------------------------|----------|
//! | X1   | owner, inside | store `current` = a new ring        | Release  |
//! | X2   | any    | load `current`                             | Acquire  |
//!
//! * **X** A ring is there as long as its shard, also after X1 put another one in its place: who looks at
//!   it is inside, or holds a slot of the shard. Its sender has a reference of its own (L).
//!
//! No model fails if X1 is Relaxed: the ring is made before B1, whose light barrier is a full fence in loom.

extern crate std;

use super::{CLOSED, FENCED, Inside, Ring, Shard};
use crate::{
    pool::header::Header,
    sync::{AtomicPtr, Ordering, UnsafeCell},
};
use core::ptr::{self, NonNull};
use std::sync::Arc;

/// How often in a row slots have come by the list only when a ring is given up for the first time. Then
/// twice as often each time: there are never many rings.
const FIRST_PATIENCE: u32 = if cfg!(loom) { 1 } else { 8 };

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
}

impl Mailbox {
    /// A mailbox without a ring.
    pub(super) fn new() -> Self {
        let watch = Watch { taken: 0, in_vain: 0, patience: FIRST_PATIENCE };
        Self { current: AtomicPtr::new(ptr::null_mut()), watch: UnsafeCell::new(watch) }
    }

    /// X2: the ring, if there is one, as `Arc::into_raw` gave it: it may be made a reference that counts.
    #[inline(always)]
    pub(super) fn at(&self) -> Option<NonNull<Ring>> {
        // X2. Acquire: the ring as it was made. Pairs with: Release in `renew`.
        NonNull::new(self.current.load(Ordering::Acquire))
    }

    /// The same, for who is inside or holds a slot of the shard.
    #[inline(always)]
    fn ring(&self) -> Option<&Ring> {
        // SAFETY: X: it is there as long as this.
        self.at().map(|ring| unsafe { ring.as_ref() })
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

    /// Slots have come home by the list, several at once: true if there had better be a new ring.
    ///
    /// # Safety
    ///
    /// The calling thread is inside of the shard.
    pub(super) unsafe fn wants_ring(&self) -> bool {
        let Some(ring) = self.ring() else { return true };
        // SAFETY: the caller is inside.
        let is_in_vain = self.watch.with_mut(|watch| unsafe { (*watch).is_in_vain(ring.taken()) });
        is_in_vain && !ring.wants_sender()
    }

    /// X1: puts a new ring in the place of the one that there is, if any.
    ///
    /// * `new`: nobody else has it.
    /// * `left`: gets the slots that are in the old one.
    ///
    /// # Safety
    ///
    /// The calling thread is the owner of the shard, which is open, and inside.
    pub(super) unsafe fn renew(&self, mut new: Arc<Ring>, left: impl FnMut(NonNull<Header>)) {
        if let (Some(at), Some(kept)) = (self.at(), Arc::get_mut(&mut new)) {
            // SAFETY: from `into_raw`; the reference that `current` is goes to the new ring.
            let old = kept.keep(unsafe { Arc::from_raw(at.as_ptr()) });
            // SAFETY: the caller is inside.
            unsafe { old.shut() };
            // SAFETY: as above.
            core::iter::from_fn(|| unsafe { old.take() }).for_each(left);
            // SAFETY: as above.
            self.watch.with_mut(|watch| unsafe { (*watch).begin_anew() });
        }
        // X1. Release: the new ring. Pairs with: Acquire in `at`.
        self.current.store(Arc::into_raw(new).cast_mut(), Ordering::Release);
    }
}

impl Shard {
    /// Gives the shard a new ring, where it may have one. Not from inside, for it allocates.
    ///
    /// * `wait`: see [`enter`](Self::enter).
    ///
    /// # Safety
    ///
    /// The calling thread, whose token this is, is the owner, and not inside.
    #[cold]
    #[inline(never)]
    pub(crate) unsafe fn renew_ring(&self, token: usize, wait: impl Fn()) {
        let new = Arc::new(Ring::new());
        // SAFETY: the caller's promise.
        let inside = unsafe { self.enter(wait) };
        let not_wanted = inside.renew_ring(token, new);
        drop(inside);
        drop(not_wanted);
    }
}

impl Inside<'_> {
    /// True if a ring would be of use here.
    pub(super) fn may_have_ring(&self) -> bool {
        // Relaxed: FENCED never changes, and CLOSED is set by a visitor, whom this turn followed.
        self.shard.flags.load(Ordering::Relaxed) & (FENCED | CLOSED) == 0
    }

    /// Gives the shard a new ring, which is the calling owner's; `Err`: it may have none.
    fn renew_ring(&self, token: usize, new: Arc<Ring>) -> Result<(), Arc<Ring>> {
        if !self.may_have_ring() {
            return Err(new);
        }
        self.with(|private| {
            let left = |slot| private.accept(slot, token);
            // SAFETY: the owner of an open shard is inside.
            unsafe { self.shard.mailbox.renew(new, left) };
        });
        Ok(())
    }
}

impl Watch {
    /// Looks at a ring which has `taken` so many: true if slots came by the list only for too long.
    fn is_in_vain(&mut self, taken: usize) -> bool {
        self.in_vain = if taken == self.taken { self.in_vain.saturating_add(1) } else { 0 };
        self.taken = taken;
        self.in_vain >= self.patience
    }

    fn begin_anew(&mut self) {
        *self = Self { taken: 0, in_vain: 0, patience: self.patience.saturating_mul(2) };
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
