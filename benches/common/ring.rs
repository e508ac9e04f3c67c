//! A bounded ring of block addresses between two threads, cheap enough to leave the time to the
//! allocator: an index is published once a [`BURST`], not once a block.
//!
//! | step | who      | operation                     | ordering |
//! | S1   | sender   | store an address into a slot  | Relaxed  |
//! | S2   | sender   | store `sent`                  | Release  |
//! | R1   | receiver | load `sent`                   | Acquire  |
//! | R2   | receiver | load the address from a slot  | Relaxed  |
//! | R3   | receiver | store `received`              | Release  |
//! | S3   | sender   | load `received`               | Acquire  |
//!
//! S2 publishes S1 and the block's words to R1; R3 tells S3 that R2 is done, so that the slot may be
//! written again. The indices count up for ever; a slot is an index modulo the ring's length.

use crossbeam_utils::CachePadded;
use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicPtr, AtomicUsize, Ordering},
    },
    thread,
};

/// Slots: what may be on its way at most.
const SLOTS: usize = 1024;

/// Blocks from one publication of an index to the next.
pub(crate) const BURST: usize = 32;

struct Shared {
    slots: Box<[AtomicPtr<u8>; SLOTS]>,
    sent: CachePadded<AtomicUsize>,
    received: CachePadded<AtomicUsize>,
}

/// The end that fills the ring.
pub(crate) struct Sender {
    shared: Arc<Shared>,
    next: usize,
    published: usize,
    /// `received`, as last read.
    received: usize,
}

/// The end that empties the ring.
pub(crate) struct Receiver {
    shared: Arc<Shared>,
    next: usize,
    published: usize,
    /// `sent`, as last read.
    sent: usize,
}

/// The two ends of a new, empty ring.
pub(crate) fn ring() -> (Sender, Receiver) {
    let shared = Arc::new(Shared {
        slots: Box::new([const { AtomicPtr::new(core::ptr::null_mut()) }; SLOTS]),
        sent: CachePadded::new(AtomicUsize::new(0)),
        received: CachePadded::new(AtomicUsize::new(0)),
    });
    let sender = Sender { shared: Arc::clone(&shared), next: 0, published: 0, received: 0 };
    (sender, Receiver { shared, next: 0, published: 0, sent: 0 })
}

impl Sender {
    /// Puts `block` into the ring; false if the ring is full.
    #[inline]
    pub(crate) fn try_send(&mut self, block: *mut u8) -> bool {
        if self.next - self.received == SLOTS {
            self.received = self.shared.received.load(Ordering::Acquire);
            if self.next - self.received == SLOTS {
                self.publish();
                return false;
            }
        }
        self.shared.slots[self.next % SLOTS].store(block, Ordering::Relaxed);
        self.next += 1;
        if self.next - self.published >= BURST {
            self.publish();
        }
        true
    }

    /// Lets the receiver see all that was sent.
    pub(crate) fn publish(&mut self) {
        if self.published != self.next {
            self.shared.sent.store(self.next, Ordering::Release);
            self.published = self.next;
        }
    }
}

impl Receiver {
    /// Takes the oldest block out of the ring, if there is one.
    #[inline]
    pub(crate) fn try_receive(&mut self) -> Option<*mut u8> {
        if self.next == self.sent {
            self.sent = self.shared.sent.load(Ordering::Acquire);
            if self.next == self.sent {
                self.publish();
                return None;
            }
        }
        let block = self.shared.slots[self.next % SLOTS].load(Ordering::Relaxed);
        self.next += 1;
        if self.next - self.published >= BURST {
            self.publish();
        }
        Some(block)
    }

    /// Takes the oldest block out of the ring, as soon as there is one.
    #[inline]
    pub(crate) fn receive(&mut self, mut patience: Patience) -> *mut u8 {
        loop {
            match self.try_receive() {
                Some(block) => return block,
                None => patience.wait(),
            }
        }
    }

    /// Without news nothing is stored: the sender would lose the line for nothing.
    fn publish(&mut self) {
        if self.published != self.next {
            self.shared.received.store(self.next, Ordering::Release);
            self.published = self.next;
        }
    }
}

/// Waits for another thread: spins, then yields.
#[derive(Clone, Copy)]
pub(crate) struct Patience {
    spins: u32,
}

impl Patience {
    /// For a thread of a team of `threads`.
    ///
    /// While each has a core, the other is there soon, and a core that is yielded to a stranger is
    /// gone for milliseconds: a yield is the last resort. Else the core is what the other needs.
    pub(crate) fn of_team(threads: usize) -> Self {
        static CORES: OnceLock<usize> = OnceLock::new();
        // Asked for once, by a thread that may use them all.
        let cores = *CORES.get_or_init(|| thread::available_parallelism().map_or(1, usize::from));
        Self { spins: if threads <= cores { 100_000 } else { 64 } }
    }

    pub(crate) fn wait(&mut self) {
        if self.spins > 0 {
            self.spins -= 1;
            core::hint::spin_loop();
        } else {
            thread::yield_now();
        }
    }
}
