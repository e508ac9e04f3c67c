//! What is done to a store as a whole: its idle objects are counted or taken, it is closed.

extern crate std;

use super::Core;
use crate::{
    pool::{
        header::Header,
        shard::{Chains, Private},
    },
    sync::Ordering,
};
use core::ptr::NonNull;
use std::vec::Vec;

impl Core {
    /// Takes all that is idle anywhere.
    pub(crate) fn take_all(&self) -> Vec<NonNull<Header>> {
        self.empty(false)
    }

    /// From now on nothing is kept. All that was idle is the caller's.
    pub(crate) fn close(&self) -> Vec<NonNull<Header>> {
        self.empty(true)
    }

    fn empty(&self, close: bool) -> Vec<NonNull<Header>> {
        let mut all = Vec::new();
        {
            let _lock = self.visitors.lock();
            if close {
                self.closed.store(true, Ordering::Relaxed);
            }
            for shard in self.shards.iter() {
                // SAFETY: the lock keeps other visitors out.
                let inside = unsafe { shard.visit(std::thread::yield_now) };
                let gather = |private: &mut Private, idle: Chains| {
                    self.limits.tell(private);
                    all.extend(idle);
                };
                if close { inside.close(gather) } else { inside.take(gather) }
            }
            let mut reserve = self.reserve.lock();
            all.append(&mut reserve.idle);
            reserve.is_closed |= close;
            self.reserved.store(0, Ordering::Relaxed);
        }
        if self.limits.is_bounded() {
            for slot in &all {
                // SAFETY: taken off the lists, so this thread holds it.
                self.limits.remove_shared(unsafe { slot.as_ref() }.bytes());
            }
        }
        all
    }

    /// Takes all that is idle in an ambient store, whose thread ends.
    pub(crate) fn leave_ambient(&self) -> Vec<NonNull<Header>> {
        let mut all = Vec::new();
        // SAFETY: the calling thread is the owner of the common shard of an ambient store.
        unsafe { self.common.leave(|| (), |_, idle| all.extend(idle)) };
        all
    }

    /// Idle objects, counted.
    pub(crate) fn count_idle(&self) -> usize {
        let _lock = self.visitors.lock();
        let mut idle = self.reserve.lock().idle.len();
        for shard in self.shards.iter() {
            // SAFETY: the lock keeps other visitors out.
            let inside = unsafe { shard.visit(std::thread::yield_now) };
            inside.drain(shard.owner());
            idle += inside.count() + inside.count_sent();
        }
        idle
    }
}
