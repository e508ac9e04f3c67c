//! Who the calling thread is, and what it leaves behind.
//!
//! A token is a number that no other thread of the process ever has. It is one load; a thread that
//! has not asked for one, or has ended, has [`UNKNOWN`].

extern crate std;

use crate::{
    pool::{header::SEATED, shard::Shard},
    sync::{AtomicUsize, Ordering},
};
use core::{
    cell::{Cell, RefCell},
    mem,
    ptr::NonNull,
};
use std::{boxed::Box, panic::catch_unwind, thread_local, vec::Vec};
use thread_local::ThreadLocal;

/// The token of a thread without one. No slot, no shard and no ring carries it.
pub(crate) const UNKNOWN: usize = 1;

/// What wants to know that the thread ends.
pub(crate) trait Member {
    /// The thread with this token ends: nothing of it is used as its own afterwards.
    fn thread_ends(&self, token: usize);
    /// True if there is nothing left to do at the end.
    fn is_done(&self) -> bool;
}

/// The number of a store, and the thread's shard of it.
type Recent = (usize, NonNull<Shard>);

/// No store has the number 0, so nobody looks at the shard.
const NONE: Recent = (0, NonNull::dangling());

/// Places for shards that were used lately.
const PLACES: usize = 16;

thread_local! {
    static TOKEN: Cell<usize> = const { Cell::new(UNKNOWN) };
    /// Where a store's shard is looked up first: by the store's number, which is never used again.
    static RECENT: [Cell<Recent>; PLACES] = const { [const { Cell::new(NONE) }; PLACES] };
    /// The thread's end is told to its members.
    static ENTERED: Cell<bool> = const { Cell::new(false) };
    static ENDED: Cell<bool> = const { Cell::new(false) };
    static END: End = const { End { members: RefCell::new(Vec::new()) } };
}

struct End {
    members: RefCell<Vec<Box<dyn Member>>>,
}

impl Drop for End {
    fn drop(&mut self) {
        let token = TOKEN.replace(UNKNOWN);
        ENTERED.set(false);
        ENDED.set(true);
        RECENT.with(|recent| recent.iter().for_each(|place| place.set(NONE)));
        let members = mem::take(&mut *self.members.borrow_mut());
        members.iter().for_each(|member| member.thread_ends(token));
    }
}

/// Numbers of stores are multiples of this, the size of a place: so the bits that choose a place are
/// its offset.
pub(crate) const STORE_NUMBERS: usize = size_of::<Recent>();

#[inline(always)]
fn place_of(store: usize) -> usize {
    store / STORE_NUMBERS % PLACES
}

/// The calling thread's shard of the store with this number, if it was used lately.
#[inline(always)]
pub(crate) fn recent(store: usize) -> Option<NonNull<Shard>> {
    let (id, shard) = RECENT.with(|recent| recent[place_of(store)].get());
    if id == store { Some(shard) } else { None }
}

/// `shard` is the calling thread's of the store with this number, until it ends.
pub(crate) fn remember(store: usize, shard: NonNull<Shard>) {
    RECENT.with(|recent| recent[place_of(store)].set((store, shard)));
}

/// The calling thread's token, or [`UNKNOWN`].
#[inline(always)]
pub(crate) fn token() -> usize {
    TOKEN.get()
}

/// The calling thread's token; it gets one now if it has none. Not at its [end](has_ended).
#[cold]
pub(crate) fn name() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(SEATED + 1);
    if TOKEN.get() == UNKNOWN {
        // Relaxed: only that no two are equal counts.
        let token = NEXT.fetch_add(1, Ordering::Relaxed);
        // Long before they begin anew; only where addresses have 32 bits can they come so far.
        assert!(token <= usize::MAX / 2, "too many threads used pools");
        TOKEN.set(token);
    }
    TOKEN.get()
}

/// True if the calling thread's members were told of its end.
pub(crate) fn has_ended() -> bool {
    ENDED.get()
}

/// The token of the calling thread, which may have [members](at_end) from now on. `None`: it is at its
/// end.
#[cold]
pub(crate) fn enter() -> Option<usize> {
    static PROBE: ThreadLocal<()> = ThreadLocal::new();
    if !ENTERED.get() {
        if ENDED.get() {
            return None;
        }
        // That crate's end of the thread is set up first, so it comes after ours, which still needs
        // it. It panics in a thread that is past it.
        catch_unwind(|| PROBE.get_or(|| ())).ok()?;
        END.try_with(|_| ()).ok()?;
        ENTERED.set(true);
    }
    Some(name())
}

/// `member` is told of the end of the calling thread, which has [entered](enter).
pub(crate) fn at_end(member: Box<dyn Member>) {
    let done: Vec<_> = END.with(|end| {
        let mut members = end.members.borrow_mut();
        // Now and then, so that pools that come and go leave no trail.
        let mut done = Vec::new();
        if members.len() == members.capacity() {
            let all = mem::take(&mut *members);
            let (old, kept) = all.into_iter().partition(|member| member.is_done());
            (done, *members) = (old, kept);
        }
        members.push(member);
        done
    });
    // Outside of the borrow: the last trace of a pool may go with them.
    drop(done);
}
