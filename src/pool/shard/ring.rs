//! A ring of slots that one thread, its *sender*, returns to a shard.
//!
//! A return by way of the remote list ends with a compare-and-swap, which waits for all that the
//! thread wrote before: for the object, too, whose cache line may have to come from another core. And
//! who takes from a list learns the next slot's address from the slot before it. Where one thread gets
//! and another releases, each object costs two ways between cores, one after the other. The sender
//! stores an address and goes on, and whoever takes a slot knows where the next one lies.
//!
//! # Protocol
//!
//! | step | who    | operation                                      | ordering |
//! |------|--------|------------------------------------------------|----------|
//! | M1   | any    | CAS `sender`: nobody -> its token              | Acquire  |
//! | M2   | sender | load `sender`: its token, and not SHUT         | Relaxed  |
//! | M3   | sender | load `taken`, if the ring seems to be full     | Relaxed  |
//! | M4   | sender | store `busy` = 1, then the light barrier       | Relaxed  |
//! | M5   | sender | load `sender`: SHUT is set: on with M7         | Relaxed  |
//! | M6   | sender | store the place = slot, marked for this lap    | Release  |
//! | M7   | sender | store `busy` = 0                               | Release  |
//! | M8   | sender | take its token out of `sender`                 | Release  |
//! | G1   | inside | load the next place: marked for this lap?      | Acquire  |
//! | G2   | inside | store `taken` = the next number                | Relaxed  |
//! | H1   | inside | set SHUT; if there is a sender, the heavy barrier | Acquire |
//! | H2   | inside | load `busy` until it is 0                      | Acquire  |
//! | H3   | inside | clear SHUT                                     | Relaxed  |
//!
//! *Inside*: in B3 or V3 of the shard, one thread at a time.
//!
//! # Invariants
//!
//! * **M** One thread at a time is the sender, from M1 to M8. Slots are numbered as they are sent, and
//!   taken in turn. Number n has place n modulo the ring; a lap later the mark is the other one. So who
//!   takes writes to no place, and the sender is asked nothing as long as there is room: where both
//!   are close together a line goes one way only.
//! * **H** Between H2 and H3 nothing is sent: by F1 of the barrier either M5 sees SHUT, or H2 sees M4
//!   and waits for M7. So what is there after H2 is all that there is (S3).
//! * **L** (last touch) The sender has a reference to the ring, so M7 and M8 may come after the store is gone
//!   (S4). M1 and M2 are by who holds a slot of the shard, which keeps the ring. A sender that finds the
//!   shard gone lets the ring go without M8.
//!
//! No model fails if M6 is Relaxed: the light barrier of M4, which goes before, is a full fence in loom,
//! and makes a release of it. Where the barrier stops the compiler only, M6 has to be one itself.

extern crate std;

use super::Line;
use crate::{
    pool::{
        barrier,
        header::{Header, NOBODY},
    },
    sync::{AtomicPtr, AtomicUsize, Ordering, UnsafeCell},
};
use core::ptr::{self, NonNull};
#[cfg(loom)]
use loom::thread::yield_now;
use std::sync::Arc;
#[cfg(not(loom))]
use std::thread::yield_now;

/// Slots that may be on their way. A power of two.
const PLACES: usize = if cfg!(loom) { 2 } else { 64 };

/// In `sender`, below the token: nothing is sent.
const SHUT: usize = 1;

/// `sender`, where the thread with this token is the sender, and nothing is shut.
#[inline(always)]
const fn sent_by(token: usize) -> usize {
    token << 1
}

/// A ring from one thread to whoever is inside of the shard.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Ring {
    /// Everybody who returns something looks here.
    sender: Line<AtomicUsize>,
    outgoing: Line<Outgoing>,
    /// The number of the slot that is taken next. Who is inside writes it.
    taken: Line<AtomicUsize>,
    places: Line<[AtomicPtr<Header>; PLACES]>,
    /// The one in whose place it is. Written before others see this.
    older: Option<Arc<Self>>,
}

/// What only the sender writes.
#[derive(Debug)]
struct Outgoing {
    busy: AtomicUsize,
    own: UnsafeCell<Own>,
}

/// What only the sender sees.
#[derive(Clone, Copy, Debug)]
struct Own {
    /// The number of the slot that is sent next.
    next: usize,
    /// The first number for which there may be no room.
    limit: usize,
}

// SAFETY: `own` has one user at a time (M). What goes through is between the sender and the shard, which
// sees to it that objects which are sent to other threads are `Send`.
unsafe impl Send for Ring {}
// SAFETY: as above.
unsafe impl Sync for Ring {}

/// The address of a slot, marked for the lap of its number.
#[inline(always)]
fn marked(slot: *mut Header, number: usize) -> *mut Header {
    slot.map_addr(|address| address & !1 | mark(number))
}

/// The lowest bit of an address in a place that holds this number. Not that of null in the first lap.
#[inline(always)]
const fn mark(number: usize) -> usize {
    (number / PLACES + 1) & 1
}

impl Ring {
    /// An empty ring that is open, and has no sender.
    pub(super) fn new() -> Self {
        let own = UnsafeCell::new(Own { next: 0, limit: PLACES });
        Self {
            sender: Line(AtomicUsize::new(sent_by(NOBODY))),
            outgoing: Line(Outgoing { busy: AtomicUsize::new(0), own }),
            taken: Line(AtomicUsize::new(0)),
            places: Line(core::array::from_fn(|_| AtomicPtr::new(ptr::null_mut()))),
            older: None,
        }
    }

    /// Keeps another ring as long as this one is there.
    pub(super) fn keep(&mut self, older: Arc<Self>) -> &Self {
        self.older.insert(older)
    }

    #[inline(always)]
    fn place(&self, number: usize) -> &AtomicPtr<Header> {
        &self.places.0[number % PLACES]
    }

    /// True if nobody is the sender, and the ring is open: a snapshot.
    #[inline(always)]
    pub(crate) fn wants_sender(&self) -> bool {
        self.sender.0.load(Ordering::Relaxed) == sent_by(NOBODY)
    }

    /// M1: makes the thread with this token the sender, if the ring wants one.
    pub(crate) fn claim(&self, token: usize) -> bool {
        // M1. Acquire: what the last sender did. Pairs with: Release in `resign`. Failure is Relaxed:
        // nothing is read.
        let order = (Ordering::Acquire, Ordering::Relaxed);
        let sender = &self.sender.0;
        sender.compare_exchange(sent_by(NOBODY), sent_by(token), order.0, order.1).is_ok()
    }

    /// M8: the calling thread is not the sender any more.
    ///
    /// # Safety
    ///
    /// It was.
    pub(crate) unsafe fn resign(&self) {
        // M8. Release: what this thread did. Pairs with: Acquire in `claim` and in `shut`.
        self.sender.0.fetch_and(SHUT, Ordering::Release);
    }

    /// M2: true if the thread with this token is the sender, and the ring is open.
    #[inline(always)]
    pub(crate) fn is_from(&self, token: usize) -> bool {
        // Relaxed: a thread's own token is only ever there by its own doing.
        self.sender.0.load(Ordering::Relaxed) == sent_by(token)
    }

    /// M3 to M7: sends a slot; false: it is still the caller's.
    ///
    /// # Safety
    ///
    /// The calling thread, whose token this is, is the sender, and holds the slot.
    #[inline]
    pub(crate) unsafe fn send(&self, token: usize, slot: NonNull<Header>) -> bool {
        let Outgoing { busy, own } = &self.outgoing.0;
        // SAFETY: M: this thread is the sender.
        let Own { next, mut limit } = own.with(|own| unsafe { *own });
        if next == limit {
            // M3. Relaxed: that G1 is over is all that it says. M6, a Release, comes after it, and G1, an
            // Acquire, before G2: so G1 cannot see M6.
            limit = self.taken.0.load(Ordering::Relaxed).wrapping_add(PLACES);
            if next == limit {
                return false;
            }
        }
        // M4. Relaxed: the barrier orders it before M5.
        busy.store(1, Ordering::Relaxed);
        barrier::light();
        // M5. Relaxed: if SHUT is not set, H2 waits (H).
        let is_open = self.is_from(token);
        if is_open {
            // SAFETY: as above.
            own.with_mut(|own| unsafe { *own = Own { next: next.wrapping_add(1), limit } });
            // M6. Release: what was done to the object. Pairs with: Acquire in `take`.
            self.place(next).store(marked(slot.as_ptr(), next), Ordering::Release);
        }
        // M7. Release: M6. Pairs with: Acquire in `shut`.
        busy.store(0, Ordering::Release);
        is_open
    }

    /// G1: the slot with this number, if it was sent.
    #[inline(always)]
    fn look(&self, number: usize) -> Option<NonNull<Header>> {
        // G1. Acquire: what was done to the object. Pairs with: Release in `send`.
        let there = self.place(number).load(Ordering::Acquire);
        if there.addr() & 1 != mark(number) {
            return None;
        }
        NonNull::new(there.map_addr(|address| address & !1))
    }

    /// G1, G2: takes the slot that was sent first.
    ///
    /// # Safety
    ///
    /// The calling thread is inside of the shard.
    #[inline]
    pub(super) unsafe fn take(&self) -> Option<NonNull<Header>> {
        // Relaxed: written by whoever was inside.
        let number = self.taken.0.load(Ordering::Relaxed);
        let slot = self.look(number)?;
        let next = number.wrapping_add(1);
        // G2. Relaxed: see M3.
        self.taken.0.store(next, Ordering::Relaxed);
        // It will be taken soon, and written to. Relaxed: only an address.
        fetch_ahead(self.place(next).load(Ordering::Relaxed));
        Some(slot)
    }

    /// How many slots were taken so far, modulo what a `usize` holds.
    pub(super) fn taken(&self) -> usize {
        self.taken.0.load(Ordering::Relaxed)
    }

    /// Slots on their way, for who is inside.
    pub(super) fn count(&self) -> usize {
        let first = self.taken();
        (0..PLACES).take_while(|more| self.look(first.wrapping_add(*more)).is_some()).count()
    }

    /// H3: slots may be sent.
    ///
    /// # Safety
    ///
    /// The calling thread is inside of the shard.
    pub(super) unsafe fn open(&self) {
        // Relaxed: the sender needs nothing that was done before.
        self.sender.0.fetch_and(!SHUT, Ordering::Relaxed);
    }

    /// H1, H2: no slot is sent any more. What was sent is there to be taken.
    ///
    /// # Safety
    ///
    /// The calling thread is inside of the shard.
    pub(super) unsafe fn shut(&self) {
        // H1. Acquire: what a sender did that has resigned. Pairs with: Release in `resign`.
        let before = self.sender.0.fetch_or(SHUT, Ordering::Acquire);
        if before & !SHUT == sent_by(NOBODY) {
            return;
        }
        barrier::heavy();
        // H2. Acquire: M6. Pairs with: Release in `send`.
        while self.outgoing.0.busy.load(Ordering::Acquire) != 0 {
            yield_now();
        }
    }
}

/// Asks for the cache line of a slot, to write to it; null will do, and a slot that is gone.
#[inline(always)]
fn fetch_ahead(slot: *mut Header) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    // SAFETY: a hint, whatever the address is.
    unsafe {
        core::arch::asm!("prefetchw [{}]", in(reg) slot, options(readonly, nostack, preserves_flags));
    }
    #[cfg(all(target_arch = "aarch64", not(miri)))]
    // SAFETY: as above.
    unsafe {
        core::arch::asm!("prfm pstl1keep, [{}]", in(reg) slot, options(readonly, nostack, preserves_flags));
    }
    #[cfg(any(not(any(target_arch = "x86_64", target_arch = "aarch64")), miri))]
    let _ = slot;
}

#[cfg(test)]
mod tests;
