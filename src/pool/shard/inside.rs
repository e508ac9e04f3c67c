//! What the owner and a visitor do once they are inside: B3 and V3, and T1.

use super::{CLOSED, Chain, Inside, Private, REVOKED, SHUT};
use crate::{pool::header::Header, sync::Ordering};
use core::ptr::{self, NonNull};

impl Private {
    #[inline(always)]
    pub(super) fn pop(&mut self) -> Option<NonNull<Header>> {
        if let Some(slot) = NonNull::new(self.hot) {
            self.hot = ptr::null_mut();
            return Some(slot);
        }
        let slot = NonNull::new(self.head)?;
        // SAFETY: S2: on this list, which is the calling thread's now.
        self.head = unsafe { slot.as_ref() }.link();
        self.listed -= 1;
        Some(slot)
    }

    /// False: there are more than `room` slots already.
    #[inline(always)]
    pub(super) fn push(&mut self, slot: NonNull<Header>, room: usize) -> bool {
        if self.hot.is_null() {
            self.hot = slot.as_ptr();
            return true;
        }
        let fits = self.listed < room;
        if fits {
            // SAFETY: the caller gives the slot, so nobody else has it.
            unsafe { slot.as_ref() }.set_link(self.head);
            self.head = slot.as_ptr();
            self.listed += 1;
        }
        fits
    }

    /// Takes all slots.
    fn take_all(&mut self) -> Chain {
        let mut all = Chain(core::mem::replace(&mut self.head, ptr::null_mut()));
        self.listed = 0;
        if let Some(hot) = NonNull::new(core::mem::replace(&mut self.hot, ptr::null_mut())) {
            all.push(hot);
        }
        all
    }

    /// Slots on the private list.
    pub(crate) fn count(&self) -> usize {
        self.listed + usize::from(!self.hot.is_null())
    }
}

impl Inside<'_> {
    /// True if nothing is to be kept.
    pub(crate) fn is_closed(&self) -> bool {
        // Relaxed: set by a visitor, whom this turn followed.
        self.shard.flags.load(Ordering::Relaxed) & CLOSED != 0
    }

    /// From now on nothing is kept; what is idle is for `f`.
    pub(crate) fn close(&self, f: impl FnOnce(&mut Private, Chain, Chain)) {
        // Relaxed: the owner's next turn sees it through V4, or follows.
        self.shard.flags.fetch_or(CLOSED, Ordering::Relaxed);
        self.empty(SHUT, f);
    }

    /// Takes all that is idle, from the private and the remote list.
    pub(crate) fn take(&self, f: impl FnOnce(&mut Private, Chain, Chain)) {
        self.empty(ptr::null_mut(), f);
    }

    pub(super) fn empty(&self, next: *mut Header, f: impl FnOnce(&mut Private, Chain, Chain)) {
        let remote = self.take_remote(next);
        self.with(|private| {
            let idle = private.take_all();
            f(private, idle, remote);
        });
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

    /// Takes what others returned onto the private list, for the owner `token`.
    pub(crate) fn drain(&self, token: usize) {
        let remote = self.take_remote(ptr::null_mut());
        self.with(|private| {
            for slot in remote {
                // SAFETY: it came off the list, so this thread holds it.
                unsafe { slot.as_ref() }.set_owner(token);
                private.push(slot, usize::MAX);
            }
        });
    }

    /// Takes a slot from the private list.
    pub(crate) fn pop(&self) -> Option<NonNull<Header>> {
        self.with(Private::pop)
    }

    /// Puts a slot, which the caller gives, on the private list; false: there is no room.
    pub(crate) fn push(&self, slot: NonNull<Header>) -> bool {
        self.with(|private| private.push(slot, self.shard.room))
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
