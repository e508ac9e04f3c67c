//! What the owner does most: takes the slot that goes out next, and puts one there. P1 to P3, K1 to
//! K3; where that is not enough, the private lists.

use super::{SHUT, Shard};
use crate::{
    pool::{barrier, header::Header},
    sync::Ordering,
};
use core::ptr::{self, NonNull};

/// What became of a slot that was to go out next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Put {
    /// It will.
    Kept,
    /// There is another one, or none is kept there: it is still the caller's.
    NotNext,
    /// It is there, but see [`Shard::settle_next`].
    Disputed,
}

/// What became of the slot that goes out next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Next {
    /// It is the taker's.
    Taken(NonNull<Header>),
    /// There is none.
    Nothing,
    /// It was there, but see [`Shard::pop_after`].
    Disputed(NonNull<Header>),
}

impl Shard {
    /// Takes an idle slot; `None`: there is none, or there is more to look at.
    ///
    /// * `wait`: see [`enter`](Self::enter).
    ///
    /// # Safety
    ///
    /// The calling thread is the owner.
    #[inline(always)]
    pub(crate) unsafe fn pop(&self, wait: impl Fn()) -> Option<NonNull<Header>> {
        // SAFETY: the caller is the owner.
        match unsafe { self.take_next() } {
            Next::Taken(slot) => Some(slot),
            // SAFETY: as above.
            next => unsafe { self.pop_after(next, wait) },
        }
    }

    /// Takes the slot that goes out next.
    ///
    /// # Safety
    ///
    /// The calling thread is the owner.
    #[inline(always)]
    pub(crate) unsafe fn take_next(&self) -> Next {
        // P1. Relaxed: the owner wrote it.
        let next = self.next.load(Ordering::Relaxed);
        if next <= SHUT {
            return Next::Nothing;
        }
        // SAFETY: null is less.
        let slot = unsafe { NonNull::new_unchecked(next) };
        // P2. Relaxed: the barrier orders it before P3.
        self.next.store(ptr::null_mut(), Ordering::Relaxed);
        barrier::light();
        // P3. Relaxed: if it is 0 no visitor was at the slot (S5), and nothing else is used.
        if self.flags.load(Ordering::Relaxed) == 0 {
            Next::Taken(slot)
        } else {
            Next::Disputed(slot)
        }
    }

    /// After [`take_next`](Self::take_next) said so: takes an idle slot. `None`: there is none, or
    /// there is more to look at.
    ///
    /// * `wait`: see [`enter`](Self::enter).
    ///
    /// # Safety
    ///
    /// The calling thread is the owner.
    #[inline(never)]
    pub(crate) unsafe fn pop_after(&self, next: Next, wait: impl Fn()) -> Option<NonNull<Header>> {
        match next {
            Next::Taken(slot) => Some(slot),
            // SAFETY: the caller is the owner.
            Next::Nothing => unsafe { self.pop_listed() },
            // SAFETY: as above.
            Next::Disputed(slot) => unsafe { self.pop_disputed(slot, wait) },
        }
    }

    /// P3 saw something: `slot` is the owner's unless a visitor has taken it (S5).
    #[cold]
    #[inline(never)]
    unsafe fn pop_disputed(
        &self,
        slot: NonNull<Header>,
        wait: impl Fn(),
    ) -> Option<NonNull<Header>> {
        // SAFETY: the caller is the owner.
        let inside = unsafe { self.step_in(wait) };
        let is_taken = inside.acknowledge();
        inside.shut_if_closed();
        if is_taken { None } else { Some(slot) }
    }

    /// As [`pop`](Self::pop), from the private lists.
    unsafe fn pop_listed(&self) -> Option<NonNull<Header>> {
        // SAFETY: the caller is the owner.
        let flags = unsafe { self.begin() };
        let slot = if flags == 0 {
            self.private.with_mut(|private| {
                // SAFETY: S1.
                let private = unsafe { &mut *private };
                // SAFETY: the owner is inside.
                unsafe { self.pop_from(private, self.owner()) }
            })
        } else {
            None
        };
        self.end();
        slot
    }

    /// Keeps a slot as the one that goes out next, if there is none.
    ///
    /// # Safety
    ///
    /// The calling thread is the owner, and holds the slot, of which it is the owner, too.
    #[inline(always)]
    pub(crate) unsafe fn put_next(&self, slot: NonNull<Header>) -> Put {
        // K1. Relaxed: the owner wrote it.
        if !self.next.load(Ordering::Relaxed).is_null() {
            return Put::NotNext;
        }
        // K2. Release: what was done to the object. Pairs with: Acquire in N1.
        self.next.store(slot.as_ptr(), Ordering::Release);
        barrier::light();
        // K3. Relaxed: as P3.
        if self.flags.load(Ordering::Relaxed) == 0 { Put::Kept } else { Put::Disputed }
    }

    /// After [`put_next`](Self::put_next) said [`Put::Disputed`]: true if the slot is kept, as it is
    /// unless the shard is closed and no visitor has taken it (S5). Else it is the caller's again.
    ///
    /// * `wait`: see [`enter`](Self::enter).
    ///
    /// # Safety
    ///
    /// The calling thread is the owner.
    pub(crate) unsafe fn settle_next(&self, wait: impl Fn()) -> bool {
        // SAFETY: the caller is the owner.
        let inside = unsafe { self.step_in(wait) };
        let is_taken = inside.acknowledge();
        let is_shut = inside.shut_if_closed();
        is_taken || !is_shut
    }

    /// Keeps a slot on the private list; false: there is no room, or there is more to look at.
    ///
    /// # Safety
    ///
    /// As [`put_next`](Self::put_next).
    pub(crate) unsafe fn push_listed(&self, slot: NonNull<Header>) -> bool {
        // SAFETY: the caller is the owner.
        let flags = unsafe { self.begin() };
        let done = flags == 0
            // SAFETY: S1.
            && self.private.with_mut(|private| unsafe { (*private).push(slot, self.room) });
        self.end();
        done
    }
}
