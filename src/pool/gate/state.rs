//! What is under a gate's lock.

use super::{Links, Taken};
use crate::{
    pool::{
        queue::{Fate, Queue},
        word::NONE,
    },
    sync::{AtomicU32, Ordering},
};
use core::task::Waker;

/// What is under the lock.
#[derive(Debug)]
pub(super) struct State {
    pub(super) waiters: Queue,
    /// The slot that became vacant last; its link leads to the one before.
    pub(super) vacant: u32,
    /// Slots that were ever taken: the next one has this index.
    pub(super) made: u32,
    /// Permits whose slots hold no object. Negative: so many objects too many.
    pub(super) spare: i32,
    pub(super) capacity: u32,
    /// Vacant slots are offered to who wants an object: there is a way to make one.
    pub(super) offers: bool,
}

impl State {
    /// Of `capacity` slots `made` are idle, the others vacant.
    pub(super) const fn new(made: u32, capacity: u32, offers: bool) -> Self {
        let spare = (capacity - made).cast_signed();
        Self { waiters: Queue::new(), vacant: NONE, made, spare, capacity, offers }
    }

    /// Takes a vacant slot.
    pub(super) fn take_vacant(&mut self, links: &(impl Links + ?Sized)) -> Option<u32> {
        if self.spare <= 0 {
            return None;
        }
        self.spare -= 1;
        let index = if self.vacant == NONE {
            self.made += 1;
            self.made - 1
        } else {
            let index = self.vacant;
            // Relaxed: written and read under the lock.
            self.vacant = links.link(index).load(Ordering::Relaxed);
            index
        };
        Some(index)
    }

    /// Remembers a slot with no object in it.
    pub(super) fn put_vacant(&mut self, link: &AtomicU32, index: u32) {
        // Relaxed: written and read under the lock.
        link.store(self.vacant, Ordering::Relaxed);
        self.vacant = index;
    }

    /// Takes a vacant slot for who wants an object.
    pub(super) fn take_offered(&mut self, links: &(impl Links + ?Sized)) -> Option<u32> {
        if self.offers { self.take_vacant(links) } else { None }
    }

    /// Gives the first waiter a vacant slot; returns its waker.
    pub(super) fn give_vacant(&mut self, links: &(impl Links + ?Sized)) -> Option<Waker> {
        if self.waiters.is_empty() {
            return None;
        }
        let index = self.take_offered(links)?;
        // SAFETY: called under the lock.
        unsafe { self.waiters.pop(Fate::Given(Taken::Vacant(index))) }
    }
}
