//! What a store is apart from the type of its objects: its shards, its reserve, its references.
//!
//! The store lives as long as something refers to it: its handles together, each object, and each
//! thread that has a shard of it. Objects are counted where they are made and dropped only.

extern crate std;

use crate::{
    pool::{
        barrier,
        header::{Header, NOBODY},
        last,
        limits::Limits,
        sending,
        shard::{CHECKED, COUNTED, Inside, Next, Shard},
        thread,
    },
    sync::{self, AtomicBool, AtomicUsize, Lock, Ordering},
};
use core::ptr::NonNull;
use std::{boxed::Box, vec::Vec};
use thread_local::ThreadLocal;

/// How a store hands out its objects.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// A shard for each thread.
    Sharded,
    /// One place for all, with a capacity.
    Bounded,
    /// One thread's, for one type; objects go to the store of the thread that drops them, which
    /// the function finds. `None`: that thread is at its end.
    Ambient(fn() -> Option<NonNull<Core>>),
}

/// The untyped part of a store. The first field of a `Store`.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Core {
    /// No other store ever has this number.
    id: usize,
    /// The flags of its shards.
    flags: usize,
    pub(crate) kind: Kind,
    refs: AtomicUsize,
    free: unsafe fn(NonNull<Core>),
    handles: AtomicUsize,
    closed: AtomicBool,
    pub(crate) objects: AtomicUsize,
    pub(crate) created: AtomicUsize,
    pub(crate) discarded: AtomicUsize,
    shards: ThreadLocal<Shard>,
    /// The home of objects that no thread's shard will have back. Of an ambient store: its shard.
    pub(crate) common: Shard,
    reserve: Lock<Reserve>,
    /// Objects in the reserve: a hint that spares the lock.
    reserved: AtomicUsize,
    visitors: Lock<()>,
    pub(crate) limits: Limits,
}

/// Idle objects for whoever comes first.
#[derive(Debug)]
struct Reserve {
    idle: Vec<NonNull<Header>>,
    is_closed: bool,
}

// SAFETY: the pointers are to slots that nobody holds, of a type that is `Send` where the store
// is shared.
unsafe impl Send for Reserve {}

/// Where objects that the calling thread makes are at home.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) shard: &'a Shard,
    /// The calling thread's token, if the shard is its own; else [`NOBODY`].
    pub(crate) owner: usize,
}

/// Most objects that a thread keeps to itself of what it puts in.
const OWN_PUTS: usize = 16;

impl Core {
    /// A store with one handle.
    ///
    /// * `at`: where it will lie.
    /// * `room`: with more slots a private list takes no other.
    /// * `checks`: idle objects are looked at before they are handed out.
    pub(crate) fn new(
        kind: Kind,
        at: NonNull<()>,
        free: unsafe fn(NonNull<Core>),
        limits: Limits,
        room: usize,
        checks: bool,
    ) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(thread::STORE_NUMBERS);
        // Relaxed: only that no two are equal counts.
        let id = NEXT.fetch_add(thread::STORE_NUMBERS, Ordering::Relaxed);
        // Long before they begin anew; only where addresses have 32 bits can they come so far.
        assert!(id <= usize::MAX / 2, "too many pools were made");
        let flags =
            if checks { CHECKED } else { 0 } | if limits.is_bounded() { COUNTED } else { 0 };
        Self {
            id,
            flags,
            kind,
            refs: AtomicUsize::new(1),
            free,
            handles: AtomicUsize::new(1),
            closed: AtomicBool::new(false),
            objects: AtomicUsize::new(0),
            created: AtomicUsize::new(0),
            discarded: AtomicUsize::new(0),
            shards: ThreadLocal::new(),
            common: Shard::new(
                at,
                room,
                0,
                matches!(kind, Kind::Ambient(_)) || barrier::light_is_enough(),
            ),
            reserve: Lock::new(Reserve { idle: Vec::new(), is_closed: false }),
            reserved: AtomicUsize::new(0),
            visitors: Lock::new(()),
            limits,
        }
    }

    /// One more reference.
    pub(crate) fn retain(&self) {
        // Relaxed: made from one that is there.
        self.refs.fetch_add(1, Ordering::Relaxed);
    }

    /// One reference less; the last one frees the store.
    ///
    /// # Safety
    ///
    /// The reference is the caller's, and it does not use the store afterwards.
    pub(crate) unsafe fn release(this: NonNull<Self>) {
        // SAFETY: there is a reference.
        let core = unsafe { this.as_ref() };
        // Release: all that was done through this reference. Pairs with: Acquire below.
        if core.refs.fetch_sub(1, Ordering::Release) == 1 {
            // Acquire: all that was done through the others. Pairs with: Release above.
            sync::acquire(|order| core.refs.load(order));
            // SAFETY: there is no reference left.
            unsafe { (core.free)(this) };
        }
    }

    /// One more handle.
    pub(crate) fn add_handle(&self) {
        self.handles.fetch_add(1, Ordering::Relaxed);
    }

    /// One handle less; true if it was the last.
    pub(crate) fn remove_handle(&self) -> bool {
        // Release, Acquire: what was done through the others comes before what the last one does.
        self.handles.fetch_sub(1, Ordering::AcqRel) == 1
    }

    pub(crate) fn is_closed(&self) -> bool {
        // Relaxed: whether an object is kept is decided in its shard.
        self.closed.load(Ordering::Relaxed)
    }

    /// The object that goes out next of the calling thread's shard.
    #[inline(always)]
    pub(crate) fn take_next(&self) -> Next {
        let Some(shard) = thread::recent(self.id) else { return Next::Nothing };
        last::take_from(shard.cast());
        // SAFETY: a shard lives as long as its store.
        let shard = unsafe { shard.as_ref() };
        // SAFETY: it is the calling thread's own.
        unsafe { shard.take_next() }
    }

    /// After [`take_next`](Self::take_next) said so: an idle object of the calling thread's shard,
    /// with no more than loads and stores.
    pub(crate) fn pop_own(&self, next: Next) -> Option<NonNull<Header>> {
        let shard = thread::recent(self.id)?;
        // SAFETY: a shard lives as long as its store.
        let shard = unsafe { shard.as_ref() };
        // SAFETY: it is the calling thread's own.
        unsafe { shard.pop_after(next, || self.wait_for_visitor()) }
    }

    /// The shard of the calling thread. It gets one now if it has none.
    pub(crate) fn place(&self) -> Place<'_> {
        let nowhere = Place { shard: &self.common, owner: NOBODY };
        if let Some(shard) = thread::recent(self.id) {
            // SAFETY: a shard lives as long as its store.
            return Place { shard: unsafe { shard.as_ref() }, owner: thread::token() };
        }
        let Some(owner) = thread::enter() else { return nowhere };
        if let Some(shard) = self.shards.get()
            && shard.is_of(owner)
        {
            thread::remember(self.id, NonNull::from(shard));
            return Place { shard, owner };
        }
        let shard = {
            // Under the visitors' lock: whoever closes the store sees every shard.
            let _lock = self.visitors.lock();
            if self.is_closed() {
                return nowhere;
            }
            self.shards.get_or(|| {
                let is_light = barrier::light_is_enough();
                Shard::new(self.common.store(), usize::MAX, self.flags, is_light)
            })
        };
        // It may be one that a thread left which had this one's number in `thread_local`; or has
        // not left yet: then this thread goes without for now.
        if !shard.claim(owner, || self.wait_for_visitor()) {
            return nowhere;
        }
        self.retain();
        let core = NonNull::from(self);
        thread::at_end(Box::new(Membership { core, shard: NonNull::from(shard) }));
        thread::remember(self.id, NonNull::from(shard));
        Place { shard, owner }
    }

    /// Returns when the visitor may be gone.
    pub(crate) fn wait_for_visitor(&self) {
        drop(self.visitors.lock());
    }

    /// Returns when the calling thread is inside of its own shard.
    fn enter<'a>(&'a self, shard: &'a Shard) -> Inside<'a> {
        // SAFETY: callers have a place there.
        unsafe { shard.enter(|| self.wait_for_visitor()) }
    }

    /// An idle object from where `pop_own` does not look: what others returned to the shard, then
    /// the reserve. It is at home in `place` then.
    pub(crate) fn take_idle(&self, place: Place<'_>) -> Option<NonNull<Header>> {
        if place.owner != NOBODY {
            let inside = self.enter(place.shard);
            let mut wants_ring = false;
            let own = inside.pop(place.owner).or_else(|| {
                wants_ring = inside.drain(place.owner);
                inside.pop(place.owner)
            });
            if let Some(slot) = own {
                if self.limits.is_bounded() {
                    // SAFETY: taken off the list, so this thread holds it.
                    let bytes = unsafe { slot.as_ref() }.bytes();
                    inside.with(|private| self.limits.remove(private, bytes));
                }
                drop(inside);
                if wants_ring {
                    let wait = || self.wait_for_visitor();
                    // SAFETY: it is the calling thread's shard.
                    unsafe { place.shard.renew_ring(place.owner, wait) };
                }
                return own;
            }
        }
        // Relaxed: a hint.
        if self.reserved.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let slot = {
            let mut reserve = self.reserve.lock();
            let slot = reserve.idle.pop()?;
            self.reserved.store(reserve.idle.len(), Ordering::Relaxed);
            slot
        };
        // SAFETY: taken off the list, so this thread holds it.
        let header = unsafe { slot.as_ref() };
        if self.limits.is_bounded() {
            self.limits.remove_shared(header.bytes());
        }
        header.settle(place.shard.home(), place.owner);
        Some(slot)
    }

    /// Keeps an object that was released, where it is at home; false: it is not to be kept.
    ///
    /// After `true` the caller does not touch the store (S4).
    pub(crate) fn keep(&self, slot: NonNull<Header>) -> bool {
        // SAFETY: the caller holds the slot.
        let header = unsafe { slot.as_ref() };
        let counted = self.limits.is_bounded();
        // SAFETY: the slot's home is there as long as the slot.
        let shard: &Shard = unsafe { Shard::of(header.home()) };
        if header.owner() == thread::token() {
            let inside = self.enter(shard);
            let bytes = header.bytes();
            return !inside.is_closed()
                && (!counted || inside.with(|private| self.limits.admit(private, bytes)))
                && inside.push(slot);
        }
        if counted && !self.limits.admit_shared(header.bytes()) {
            return false;
        }
        // SAFETY: the caller holds the slot, whose home this is.
        if unsafe { self.send_home(shard, slot) } || self.add_to_reserve(slot) {
            return true;
        }
        if counted {
            self.limits.remove_shared(header.bytes());
        }
        false
    }

    /// Returns an object to its home, if nothing is to be counted and its home takes it.
    ///
    /// After `true` the caller does not touch the store (S4).
    ///
    /// # Safety
    ///
    /// The calling thread holds the slot.
    #[inline(always)]
    pub(crate) unsafe fn give_back(&self, slot: NonNull<Header>) -> bool {
        if self.flags & COUNTED != 0 {
            return false;
        }
        // SAFETY: the caller holds the slot.
        let header = unsafe { slot.as_ref() };
        // SAFETY: the slot's home is there as long as the slot.
        let shard: &Shard = unsafe { Shard::of(header.home()) };
        // SAFETY: the caller holds the slot, whose home this is.
        unsafe { self.send_home(shard, slot) }
    }

    /// Returns a slot to another thread's shard; false: it is still the caller's.
    ///
    /// # Safety
    ///
    /// The calling thread holds the slot, whose home this is.
    #[inline(always)]
    unsafe fn send_home(&self, shard: &Shard, slot: NonNull<Header>) -> bool {
        if let Some(at) = shard.ring() {
            let token = thread::token();
            // SAFETY: the caller holds a slot of the shard.
            let ring = unsafe { at.as_ref() };
            // SAFETY: the calling thread is the sender, and holds the slot.
            if ring.is_from(token) && unsafe { ring.send(token, slot) } {
                return true;
            }
            if ring.wants_sender() && !shard.is_of(token) {
                // SAFETY: the shard has a reference, and the slot keeps the shard.
                unsafe { sending::begin(at) };
            }
        }
        // SAFETY: the caller's promise.
        unsafe { shard.give_back(slot) }.is_ok()
    }

    /// Keeps an object that somebody gave: a few in the shard of the calling thread, if it has one,
    /// the rest in the reserve, where all look.
    pub(crate) fn keep_given(&self, slot: NonNull<Header>, own: bool) -> bool {
        // SAFETY: the caller holds the slot.
        let header = unsafe { slot.as_ref() };
        let token = thread::token();
        if own
            && let Some(shard) = self.shards.get()
            && shard.is_of(token)
            && self.enter(shard).count() < OWN_PUTS
        {
            header.settle(shard.home(), token);
            return self.keep(slot);
        }
        header.settle(self.common.home(), NOBODY);
        self.keep(slot)
    }

    fn add_to_reserve(&self, slot: NonNull<Header>) -> bool {
        let mut reserve = self.reserve.lock();
        if reserve.is_closed {
            return false;
        }
        reserve.idle.push(slot);
        self.reserved.store(reserve.idle.len(), Ordering::Relaxed);
        true
    }
}

mod membership;
mod upkeep;
use membership::Membership;
