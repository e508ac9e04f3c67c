//! What a thread leaves when it ends: its shard of one store.

use super::Core;
use crate::{
    pool::{
        shard::{Chains, Private, Shard},
        thread,
    },
    sync::Ordering,
};
use core::ptr::NonNull;

/// A thread's shard of one store.
#[derive(Debug)]
pub(super) struct Membership {
    pub(super) core: NonNull<Core>,
    pub(super) shard: NonNull<Shard>,
}

impl thread::Member for Membership {
    fn thread_ends(&self, _: usize) {
        // SAFETY: this holds a reference to the store.
        let core = unsafe { self.core.as_ref() };
        // SAFETY: a shard lives as long as its store.
        let shard = unsafe { self.shard.as_ref() };
        // Inside of the shard: a store that closes has emptied the shard before, or will find this
        // in the reserve, which it closes last.
        let to_reserve = |private: &mut Private, idle: Chains| {
            core.limits.tell(private);
            let mut reserve = core.reserve.lock();
            reserve.idle.extend(idle);
            core.reserved.store(reserve.idle.len(), Ordering::Relaxed);
        };
        // SAFETY: the thread is the owner: it has held the shard since it made this.
        unsafe { shard.leave(|| core.wait_for_visitor(), to_reserve) };
    }

    fn is_done(&self) -> bool {
        // SAFETY: this holds a reference to the store.
        let core = unsafe { self.core.as_ref() };
        // SAFETY: a shard lives as long as its store.
        let shard = unsafe { self.shard.as_ref() };
        // What the thread releases later it does not keep, so it needs no reference for that (S4).
        // SAFETY: the thread is the owner, as above.
        core.is_closed() && unsafe { shard.shut(|| core.wait_for_visitor()) }
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        // SAFETY: this holds the reference, and is not used again.
        unsafe { Core::release(self.core) };
    }
}
