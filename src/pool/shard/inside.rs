//! What the owner and a visitor do once they are inside: B3 and V3, and T1.

use super::{CLOSED, Chain, Chains, Inside, Private, REVOKED, SHUT, Shard, TAKEN};
use crate::{pool::header::Header, sync::Ordering};
use core::{
    iter, mem,
    ptr::{self, NonNull},
};

impl Private {
    /// * `owner`: of the slot from now on.
    #[inline(always)]
    pub(super) fn pop(&mut self, owner: usize) -> Option<NonNull<Header>> {
        if let Some(slot) = NonNull::new(self.head) {
            // SAFETY: S2: on this list, which is the calling thread's now.
            self.head = unsafe { slot.as_ref() }.link();
            self.listed -= 1;
            return Some(slot);
        }
        let slot = NonNull::new(self.returned)?;
        // SAFETY: as above.
        let header = unsafe { slot.as_ref() };
        self.returned = header.link();
        header.set_owner(owner);
        Some(slot)
    }

    /// False: there are more than `room` slots already.
    #[inline(always)]
    pub(super) fn push(&mut self, slot: NonNull<Header>, room: usize) -> bool {
        let fits = self.listed < room;
        if fits {
            // SAFETY: the caller gives the slot, so nobody else has it.
            unsafe { slot.as_ref() }.set_link(self.head);
            self.head = slot.as_ptr();
            self.listed += 1;
        }
        fits
    }

    /// Puts a slot that came home, whatever room there is; it is the owner's from now on.
    pub(super) fn accept(&mut self, slot: NonNull<Header>, owner: usize) {
        // SAFETY: the caller gives the slot, so nobody else has it.
        unsafe { slot.as_ref() }.set_owner(owner);
        self.push(slot, usize::MAX);
    }

    /// Takes all slots.
    fn take_all(&mut self) -> [Chain; 2] {
        self.listed = 0;
        [&mut self.head, &mut self.returned].map(|list| Chain(mem::replace(list, ptr::null_mut())))
    }

    /// Slots on the private lists.
    fn count(&self) -> usize {
        // Only looked at: the links stay as they are.
        self.listed + Chain(self.returned).count()
    }
}

impl Shard {
    /// Takes a slot off the private lists, else out of the mailbox, for the owner with this token.
    ///
    /// # Safety
    ///
    /// The calling thread is inside.
    #[inline(always)]
    pub(super) unsafe fn pop_from(
        &self,
        private: &mut Private,
        owner: usize,
    ) -> Option<NonNull<Header>> {
        if let Some(slot) = private.pop(owner) {
            return Some(slot);
        }
        // SAFETY: the caller is inside.
        let slot = unsafe { self.mailbox.take() }?;
        // SAFETY: taken, so this thread holds it.
        unsafe { slot.as_ref() }.set_owner(owner);
        Some(slot)
    }
}

impl Inside<'_> {
    /// True if nothing is to be kept.
    pub(crate) fn is_closed(&self) -> bool {
        // Relaxed: set by a visitor, whom this turn followed.
        self.shard.flags.load(Ordering::Relaxed) & CLOSED != 0
    }

    /// A1: makes `next` the owner's again. True if a visitor had taken what was in it.
    pub(super) fn acknowledge(&self) -> bool {
        // Relaxed: visitors come after B4, or went before B2.
        let is_taken = self.shard.flags.load(Ordering::Relaxed) & TAKEN != 0;
        if is_taken {
            self.shard.next.store(ptr::null_mut(), Ordering::Relaxed);
            self.shard.flags.fetch_and(!TAKEN, Ordering::Relaxed);
        }
        is_taken
    }

    /// True if the shard is closed. Then what is in `next` is the owner's, and nothing is put there.
    pub(super) fn shut_if_closed(&self) -> bool {
        let is_closed = self.is_closed();
        if is_closed {
            // Relaxed: as above.
            self.shard.next.store(SHUT, Ordering::Relaxed);
        }
        is_closed
    }

    /// From now on nothing is kept; what is idle is for `f`.
    pub(crate) fn close(&self, f: impl FnOnce(&mut Private, Chains)) {
        // Relaxed: the owner's next turn sees it through V4, or follows.
        self.shard.flags.fetch_or(CLOSED, Ordering::Relaxed);
        self.empty(SHUT, f);
    }

    /// Takes all that is idle.
    pub(crate) fn take(&self, f: impl FnOnce(&mut Private, Chains)) {
        self.empty(ptr::null_mut(), f);
    }

    pub(super) fn empty(&self, remote: *mut Header, f: impl FnOnce(&mut Private, Chains)) {
        if remote == SHUT {
            // SAFETY: this thread is inside.
            unsafe { self.shard.mailbox.shut() };
        }
        let remote = self.take_remote(remote);
        let next = self.take_next();
        self.with(|private| {
            let [mut idle, returned] = private.take_all();
            // SAFETY: this thread is inside.
            let mailed = iter::from_fn(|| unsafe { self.shard.mailbox.take() });
            let first = next.into_iter().chain(mailed);
            first.for_each(|slot| idle.push(slot));
            f(private, [idle, returned, remote].into_iter().flatten());
        });
    }

    /// The slot in `next`.
    fn next(&self) -> Option<NonNull<Header>> {
        // N1. Acquire: what the owner did to the object. Pairs with: Release in `put_next`.
        let next = self.shard.next.load(Ordering::Acquire);
        // Relaxed: set by an earlier visitor; cleared in B3, which is over (S1).
        let is_taken = self.shard.flags.load(Ordering::Relaxed) & TAKEN != 0;
        if next <= SHUT || is_taken { None } else { NonNull::new(next) }
    }

    /// Takes the slot in `next`.
    fn take_next(&self) -> Option<NonNull<Header>> {
        let slot = self.next()?;
        if self.is_visit {
            // N1. Relaxed: V4 follows.
            self.shard.flags.fetch_or(TAKEN, Ordering::Relaxed);
        } else {
            // Relaxed: visitors come after B4.
            self.shard.next.store(ptr::null_mut(), Ordering::Relaxed);
        }
        Some(slot)
    }

    /// T1.
    fn take_remote(&self, next: *mut Header) -> Chain {
        // Relaxed: a look. Only this thread could make SHUT of it, or the reverse (S3).
        let seen = self.shard.remote.load(Ordering::Relaxed);
        if seen == next || seen == SHUT {
            return Chain::EMPTY;
        }
        // T1. Acquire: the links, and what was done to the objects. Pairs with: Release in
        // `give_back`.
        Chain(self.shard.remote.swap(next, Ordering::Acquire))
    }

    /// Takes what others returned onto the private lists, for the owner `token`. True, to the owner, if
    /// there had better be a [new ring](Shard::renew_ring).
    pub(crate) fn drain(&self, token: usize) -> bool {
        let remote = self.take_remote(ptr::null_mut());
        let is_stream = remote.is_longer_than_one();
        self.with(|private| {
            if private.returned.is_null() {
                private.returned = remote.0;
                return;
            }
            remote.for_each(|slot| private.accept(slot, token));
        });
        // A visitor has not looked into the mailbox: slots may have come both ways.
        let may_want = is_stream && !self.is_visit && self.may_have_ring();
        // SAFETY: this thread is inside.
        may_want && unsafe { self.shard.mailbox.wants_ring() }
    }

    /// Takes a slot, for the owner `token`, who is inside.
    pub(crate) fn pop(&self, token: usize) -> Option<NonNull<Header>> {
        // SAFETY: this thread is inside.
        let listed = || self.with(|private| unsafe { self.shard.pop_from(private, token) });
        self.take_next().or_else(listed)
    }

    /// Puts a slot, which the caller gives, on the private list; false: there is no room.
    pub(crate) fn push(&self, slot: NonNull<Header>) -> bool {
        self.with(|private| private.push(slot, self.shard.room))
    }

    /// Idle slots that came from the owner, or were [drained](Self::drain).
    pub(crate) fn count(&self) -> usize {
        usize::from(self.next().is_some()) + self.with(|private| private.count())
    }

    /// Idle slots in the mailbox.
    pub(crate) fn count_sent(&self) -> usize {
        self.shard.mailbox.count()
    }

    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut Private) -> R) -> R {
        // SAFETY: S1: this thread is in B3 or V3, and `f` cannot reach the private part again.
        self.shard.private.with_mut(|private| f(unsafe { &mut *private }))
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        if self.is_visit {
            // V4. Release: what was done in here. Pairs with: Acquire in `begin`.
            self.shard.flags.fetch_and(!REVOKED, Ordering::Release);
        } else {
            self.shard.end();
        }
    }
}
