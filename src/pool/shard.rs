//! The idle objects of one thread: the one that goes out next; private lists that only it uses,
//! unless a visitor asks; and where the others return what came from here: a remote list, and a
//! [mailbox] for one of them.
//!
//! Most gets follow a release. Such a pair is two stores and four loads, none of them locked: of
//! `next`, and of `flags`. For the rest the owner marks itself as busy.
//!
//! The remote list works as that of a slab, through which blocks of the allocator come home, but it is
//! not the same one: what is on that is free memory, for whoever drains it, and an idle object is there
//! still; and its word tells a lease and a count as well, which here would be a look at the slab for
//! each return.
//!
//! # Protocol
//!
//! | step | who     | operation                                | ordering              |
//! |------|---------|------------------------------------------|-----------------------|
//! | P1   | owner   | load `next` -> a slot                    | Relaxed               |
//! | P2   | owner   | store `next` = null, then the light barrier | Relaxed            |
//! | P3   | owner   | load `flags`; 0: the slot is its own     | Relaxed               |
//! | K1   | owner   | load `next` -> null                      | Relaxed               |
//! | K2   | owner   | store `next` = slot, then the light barrier | Release            |
//! | K3   | owner   | load `flags`; 0: the slot is kept        | Relaxed               |
//! | B1   | owner   | store `busy` = 1, then the light barrier | Relaxed               |
//! | B2   | owner   | load `flags`                             | Acquire               |
//! | B3   | owner   | use the private lists                    | plain                 |
//! | A1   | in B3   | TAKEN is set: store `next` = null, clear TAKEN | Relaxed         |
//! | B4   | owner   | store `busy` = 0                         | Release               |
//! | V1   | visitor | set REVOKED, then the heavy barrier      | Relaxed               |
//! | V2   | visitor | load `busy` until it is 0                | Acquire               |
//! | V3   | visitor | use the private lists                    | plain                 |
//! | N1   | in V3   | load `next` -> a slot, and set TAKEN     | Acquire               |
//! | V4   | visitor | clear REVOKED                            | Release               |
//! | R1   | any     | load `remote` -> `seen`                  | Relaxed               |
//! | R2   | any     | link the slot to `seen`                  | plain                 |
//! | R3   | any     | CAS `remote`: `seen` -> slot             | Release               |
//! | T1   | in B3 or V3 | swap `remote` -> null or SHUT        | Acquire               |
//! | O1   | in B3   | store `remote` = null, if it is SHUT     | Relaxed               |
//! | C1   | next owner | CAS `owner`: NOBODY -> token          | Acquire               |
//! | C2   | owner   | store `owner` = NOBODY                   | Release               |
//!
//! # Invariants
//!
//! * **S1** One thread at a time is in B3 or V3. Either B2 sees REVOKED and the owner backs off, or
//!   V2 sees `busy` and the visitor waits: that is F1 of the barrier. Visitors take turns by a lock.
//! * **S2** A slot is in `next`, or on one list, private or remote, of one shard, or in its mailbox, or
//!   somebody holds it.
//! * **S3** A remote list is SHUT from T1 with SHUT to O1: what comes then is handed back to who
//!   brings it. So nothing is left where nobody looks: a thread that ends, and a pool that closes,
//!   shut the list in the step that empties it, and the mailbox before (H of [ring]).
//! * **S4** (last touch) After B4 and after R3 the thread does not touch the shard again, if it holds
//!   no slot of it: the pool may be gone. Between K2 and K3 it is there: an owner has a reference to
//!   the store until it has given the shard up, or has [shut](Shard::shut) `next`.
//! * **S5** Only the owner writes `next`. What is in `next` when TAKEN is set is the visitor's, and
//!   `next` says nothing more until A1. Between P1 and P3, and between K2 and K3, owner and visitor
//!   may both have seen the slot. By F1 either P3 (K3) sees REVOKED or what the visitor left, or N1
//!   sees P2 (K2). If flags are set the owner goes inside, after every visitor that may have seen the
//!   slot; then TAKEN says whose it is. If they are not, no visitor has the slot: one that came
//!   before saw `next` as it was before K2, or left TAKEN, which only the owner clears.
//!
//! There is no ABA: R3 follows no link, T1 takes everything.
//!
//! No model fails if C1 is Relaxed: the light barrier of B1, which follows, is a full fence in loom,
//! and makes an acquire of it. Where the barrier stops the compiler only, C1 has to be one itself.

use crate::{
    pool::{
        barrier,
        header::{Header, Home, NOBODY},
    },
    sync::{AtomicPtr, AtomicUsize, Ordering, UnsafeCell},
};
use core::ptr::{self, NonNull};
use crossbeam_utils::CachePadded;

/// A visitor uses the private list.
const REVOKED: usize = 1;
/// Nothing is kept any more.
const CLOSED: usize = 2;
/// The light barrier is not enough here.
const FENCED: usize = 4;
/// What is kept is counted.
pub(crate) const COUNTED: usize = 8;

/// What is taken is looked at first.
pub(crate) const CHECKED: usize = 16;
/// A visitor has taken what is in `next`.
const TAKEN: usize = 32;

/// In place of a list: see S3. In place of the slot that goes out next: none is kept there, for there
/// is more to do than what the short way does.
const SHUT: *mut Header = ptr::without_provenance_mut(1);

/// The part of a shard that one thread at a time uses (S1).
#[derive(Debug)]
pub(crate) struct Private {
    head: *mut Header,
    /// Slots below `head`.
    listed: usize,
    /// What others returned, as it was linked there. Nobody has looked at these slots since.
    returned: *mut Header,
    /// Idle objects here that the store's count lacks; less than 0: gone, and still counted.
    pub(crate) uncounted: isize,
    /// The same in bytes.
    pub(crate) uncounted_bytes: isize,
}

/// On cache lines of its own. Not two of them as with `CachePadded`: the owner's fields follow, and up
/// to 127 bytes from the shard an instruction has one byte for that.
#[derive(Debug)]
#[repr(C, align(64))]
struct Line<T>(T);

/// The idle objects of one thread.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Shard {
    /// On a line of its own: who returns a slot reads it, and the owner writes what follows each time
    /// it takes one.
    home: Line<Home>,
    owner: AtomicUsize,
    busy: AtomicUsize,
    flags: AtomicUsize,
    /// The slot that goes out next, null, or [`SHUT`].
    next: AtomicPtr<Header>,
    /// Slots on the private list beyond which no more are kept.
    room: usize,
    private: UnsafeCell<Private>,
    remote: CachePadded<AtomicPtr<Header>>,
    mailbox: Mailbox,
}

// SAFETY: `private` and the mailbox's part have one user at a time (S1), `home` and `room` never
// change. The store sees to it that objects which are sent to other threads by being idle here are
// `Send`.
unsafe impl Send for Shard {}
// SAFETY: as above.
unsafe impl Sync for Shard {}

/// The right to the private part of a shard: B3 or V3.
#[derive(Debug)]
#[must_use = "it ends with this"]
pub(crate) struct Inside<'a> {
    shard: &'a Shard,
    is_visit: bool,
}

impl Shard {
    /// A shard without an owner, whose remote list is shut.
    ///
    /// * `room`: with more slots its private list takes no other.
    /// * `flags`: [`COUNTED`], [`CHECKED`].
    pub(crate) fn new(store: NonNull<()>, room: usize, flags: usize, is_light: bool) -> Self {
        let private = Private {
            head: ptr::null_mut(),
            listed: 0,
            returned: ptr::null_mut(),
            uncounted: 0,
            uncounted_bytes: 0,
        };
        let flags = flags | if is_light { 0 } else { FENCED };
        let next = if flags == 0 { ptr::null_mut() } else { SHUT };
        Self {
            home: Line(Home { store }),
            owner: AtomicUsize::new(NOBODY),
            busy: AtomicUsize::new(0),
            flags: AtomicUsize::new(flags),
            next: AtomicPtr::new(next),
            room,
            private: UnsafeCell::new(private),
            remote: CachePadded::new(AtomicPtr::new(SHUT)),
            mailbox: Mailbox::new(),
        }
    }

    pub(crate) fn home(&self) -> NonNull<Home> {
        NonNull::from(&self.home.0)
    }

    /// The shard whose home this is.
    ///
    /// # Safety
    ///
    /// It is the home of a shard that lives as long as `'a`.
    #[inline(always)]
    pub(crate) unsafe fn of<'a>(home: NonNull<Home>) -> &'a Self {
        // SAFETY: the caller's promise; the home is the first field.
        unsafe { home.cast().as_ref() }
    }

    /// The store that this is a part of.
    pub(crate) fn store(&self) -> NonNull<()> {
        self.home.0.store
    }

    /// True if the thread with this token owns the shard.
    #[inline(always)]
    pub(crate) fn is_of(&self, token: usize) -> bool {
        // Relaxed: a thread's own token is only ever there by its own doing.
        self.owner.load(Ordering::Relaxed) == token
    }

    /// The owner's token, or [`NOBODY`]: a snapshot.
    pub(crate) fn owner(&self) -> usize {
        self.owner.load(Ordering::Relaxed)
    }

    /// C1: makes the calling thread the owner, if there is none.
    ///
    /// * `wait`: see [`enter`](Self::enter).
    pub(crate) fn claim(&self, token: usize, wait: impl Fn()) -> bool {
        // C1. Acquire: what the last owner did in here. Pairs with: Release in `leave`. Failure is
        // Relaxed: another thread has it, nothing is read.
        let order = (Ordering::Acquire, Ordering::Relaxed);
        let is_mine = self.owner.compare_exchange(NOBODY, token, order.0, order.1).is_ok();
        if is_mine {
            // SAFETY: this thread is the owner.
            let inside = unsafe { self.enter(wait) };
            if !inside.is_closed() {
                // O1. Relaxed: there is nothing in front of an empty list to be seen.
                self.remote.store(ptr::null_mut(), Ordering::Relaxed);
                // SAFETY: this thread is inside.
                unsafe { self.mailbox.open() };
            }
        }
        is_mine
    }

    /// C2: gives the shard up, and returns all that is idle in it.
    ///
    /// # Safety
    ///
    /// The calling thread is the owner.
    pub(crate) unsafe fn leave(&self, wait: impl Fn(), f: impl FnOnce(&mut Private, Chains)) {
        // SAFETY: the caller is the owner.
        let inside = unsafe { self.enter(wait) };
        inside.empty(SHUT, f);
        drop(inside);
        // C2. Release: what this thread did in here. Pairs with: Acquire in `claim`.
        self.owner.store(NOBODY, Ordering::Release);
    }

    /// From now on nothing is kept in `next`, if the shard is closed; false: it is not closed.
    ///
    /// # Safety
    ///
    /// The calling thread is the owner.
    pub(crate) unsafe fn shut(&self, wait: impl Fn()) -> bool {
        // SAFETY: the caller is the owner.
        unsafe { self.enter(wait) }.is_closed()
    }

    /// B1, B2: the flags. If they are 0, the private list is the owner's until [`end`](Self::end).
    ///
    /// # Safety
    ///
    /// The calling thread is the owner.
    #[inline(always)]
    unsafe fn begin(&self) -> usize {
        // B1. Relaxed: the barrier orders it before B2.
        self.busy.store(1, Ordering::Relaxed);
        barrier::light();
        // B2. Acquire: what the last visitor did in here. Pairs with: Release in `end_visit`.
        self.flags.load(Ordering::Acquire)
    }

    /// B4.
    #[inline(always)]
    fn end(&self) {
        // B4. Release: what was done to the private list, also in an earlier turn that ended with
        // the same value. Pairs with: Acquire in `visit`.
        self.busy.store(0, Ordering::Release);
    }

    /// Goes inside, whatever the flags are.
    ///
    /// * `wait`: returns when the visitor may be gone.
    ///
    /// # Safety
    ///
    /// The calling thread is the owner, and not inside already.
    pub(crate) unsafe fn enter(&self, wait: impl Fn()) -> Inside<'_> {
        // SAFETY: the caller's promise.
        let inside = unsafe { self.step_in(wait) };
        inside.acknowledge();
        inside.shut_if_closed();
        inside
    }

    /// B1 and B2, whatever the flags are.
    ///
    /// # Safety
    ///
    /// As [`enter`](Self::enter).
    unsafe fn step_in(&self, wait: impl Fn()) -> Inside<'_> {
        loop {
            // SAFETY: the caller is the owner.
            let mut flags = unsafe { self.begin() };
            if flags & FENCED != 0 {
                barrier::full();
                // B2 again, after a barrier that is enough.
                flags = self.flags.load(Ordering::Acquire);
            }
            if flags & REVOKED == 0 {
                return Inside { shard: self, is_visit: false };
            }
            self.end();
            wait();
        }
    }

    /// V1, V2. The caller has the visitors' lock.
    ///
    /// * `wait`: lets the owner run.
    ///
    /// # Safety
    ///
    /// No other thread visits until the result is dropped.
    pub(crate) unsafe fn visit(&self, wait: impl Fn()) -> Inside<'_> {
        // V1. Relaxed: the barrier orders it before V2. No model fails without the barrier: in loom
        // the owner's, which is full there, is enough.
        self.flags.fetch_or(REVOKED, Ordering::Relaxed);
        barrier::heavy();
        // V2. Acquire: what the owner did in here. Pairs with: Release in `end`.
        while self.busy.load(Ordering::Acquire) != 0 {
            wait();
        }
        Inside { shard: self, is_visit: true }
    }

    /// The ring in which one other thread returns slots, if there is one. It is there as long as the
    /// caller holds a slot of this shard.
    #[inline(always)]
    pub(crate) fn ring(&self) -> Option<NonNull<Ring>> {
        self.mailbox.at()
    }

    /// R1 to R3: returns a slot from any thread. `Err`: nobody would find it here (S3).
    ///
    /// # Safety
    ///
    /// The calling thread holds the slot, whose home this is.
    pub(crate) unsafe fn give_back(&self, slot: NonNull<Header>) -> Result<(), ()> {
        // Relaxed: the value is only compared and stored.
        let mut seen = self.remote.load(Ordering::Relaxed);
        loop {
            if seen == SHUT {
                return Err(());
            }
            // SAFETY: the caller holds the slot.
            unsafe { slot.as_ref() }.set_link(seen);
            // R3. Release: the link, and all that was done to the object. Pairs with: Acquire in
            // `empty` and `drain`. Failure is Relaxed: as above.
            let order = (Ordering::Release, Ordering::Relaxed);
            match self.remote.compare_exchange_weak(seen, slot.as_ptr(), order.0, order.1) {
                Ok(_) => return Ok(()),
                Err(now) => seen = now,
            }
        }
    }
}

mod chain;
mod inside;
mod mailbox;
mod next;
mod ring;
use chain::Chain;
pub(crate) use chain::Chains;
use mailbox::Mailbox;
#[cfg(not(loom))]
pub(crate) use next::Next;
pub(crate) use next::Put;
pub(crate) use ring::Ring;
#[cfg(test)]
mod tests;
