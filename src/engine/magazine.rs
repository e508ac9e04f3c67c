//! Magazines: per class a bounded stack of free blocks that only its thread touches.
//!
//! A magazine is an array of block addresses, and a place for one more: the block that goes out
//! next. The blocks themselves are not touched on the way in and out: a free leaves a cold block
//! cold, and an allocation waits for no link. The place of its own is for pairs: an allocation
//! and a free in turn write one word each, where the array would take three.
//!
//! Where frees and allocations come in any order, nothing can foretell whether there is a block in
//! the place, and each surprise costs the processor more than the place saves. But then the
//! magazine also runs empty and over in turn. So the place is open until that has happened a few
//! times, and again once the magazine has shrunk; in between the magazine is a stack and nothing
//! else.
//!
//! The pointers of all magazines lie in arrays by class, so that a class is found by one addition.
//! Arrays grow by doubling, from a few entries to [`MAGAZINE_BLOCKS`], where allocations and
//! frees of a class take turns. Outgrown arrays serve other classes of the same heap.

use crate::{
    config::{
        MAGAZINE_BLOCKS, MAGAZINE_BYTES, MAGAZINE_EASY_BYTES, MAGAZINE_FIRST_BLOCKS,
        MAGAZINE_FIRST_BYTES,
    },
    engine::{meta, watch},
    protocol::block::{Block, FreeBlock},
    size_class::{CLASS_COUNT, SizeClass},
    sync::{AtomicPtr, Ordering, UnsafeCell},
};
use core::{ptr, slice};

mod growth;
mod place;
#[cfg(feature = "c-api")]
mod twice;
use growth::Growth;

type Pointers<T> = [AtomicPtr<T>; CLASS_COUNT];

/// The magazines of one heap.
///
/// * **M1** `base <= top <= limit`, all in one array; the entries `base..top`, and `next` if it is
///   a block, are free blocks that this heap holds (W1).
/// * **M2** Only the heap's thread writes. The pointers are atomic for the eyes of stats, and
///   nothing is read through them there. The heap's thread reads them without (see [`own`]).
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Magazines {
    /// The block that goes out next, null, or [`CLOSED`] where the array does without.
    nexts: Pointers<FreeBlock>,
    /// One past the newest entry.
    tops: Pointers<Block>,
    bases: Pointers<Block>,
    limits: Pointers<Block>,
    growth: UnsafeCell<Growth>,
}

/// In place of the block that goes out next: none, and none is wanted.
const CLOSED: *mut FreeBlock = ptr::without_provenance_mut(1);

/// Relaxed in this module: see M2.
const R: Ordering = Ordering::Relaxed;

impl Magazines {
    /// Magazines that are empty and full at once: every request takes the slow path.
    pub(crate) const fn none() -> Self {
        Self {
            nexts: [const { AtomicPtr::new(CLOSED) }; CLASS_COUNT],
            tops: [const { AtomicPtr::new(ptr::null_mut()) }; CLASS_COUNT],
            bases: [const { AtomicPtr::new(ptr::null_mut()) }; CLASS_COUNT],
            limits: [const { AtomicPtr::new(ptr::null_mut()) }; CLASS_COUNT],
            growth: UnsafeCell::new(Growth::new()),
        }
    }

    /// Gives every class its first array. False: out of memory.
    pub(crate) fn equip(&self) -> bool {
        let entries: usize = SizeClass::all().map(first_capacity).sum();
        let Some(array) = meta::alloc(entries * size_of::<Block>()) else { return false };
        self.growth(|growth| growth.first = array.cast().as_ptr());
        self.forget();
        true
    }

    /// Forgets all blocks, bounds and arrays but the first: in the child of a fork, where the
    /// heap's thread may have vanished in the middle of anything.
    pub(crate) fn forget(&self) {
        let mut base = self.growth(|growth| {
            let first = growth.first;
            *growth = Growth::new();
            growth.first = first;
            growth.first
        });
        for class in SizeClass::all() {
            let capacity = first_capacity(class);
            of(&self.nexts, class).store(ptr::null_mut(), R);
            self.set(class, base, 0, capacity);
            self.growth(|growth| growth.entries[class.index()] = capacity);
            base = base.wrapping_add(capacity);
        }
    }

    /// Takes a block: the one that goes out next, else the newest entry.
    #[inline(always)]
    pub(crate) fn pop(&self, class: SizeClass) -> Option<Block> {
        if let Some(block) = self.next(class) {
            of(&self.nexts, class).store(ptr::null_mut(), R);
            return Some(block);
        }
        let newest = own(&self.tops, class);
        if newest == own(&self.bases, class) {
            return None;
        }
        // SAFETY: M1: `base < top`, so there is an entry below.
        let newest = unsafe { newest.sub(1) };
        of(&self.tops, class).store(newest, R);
        // SAFETY: M1: an entry of the array, written by `push` or `fill`.
        Some(unsafe { *newest })
    }

    /// Puts a block in; false if there is no room.
    #[inline(always)]
    pub(crate) fn push(&self, class: SizeClass, block: Block) -> bool {
        if self.wants_next(class) {
            self.put_next(class, block);
            return true;
        }
        self.push_entry(class, block)
    }

    /// True if the place for the block that goes out next is open, and empty.
    #[inline(always)]
    pub(crate) fn wants_next(&self, class: SizeClass) -> bool {
        own(&self.nexts, class).is_null()
    }

    /// Puts a block where one is [wanted](Self::wants_next), to go out next.
    #[inline(always)]
    pub(crate) fn put_next(&self, class: SizeClass, block: Block) {
        of(&self.nexts, class).store(block.as_ptr(), R);
    }

    /// Puts a block into the array; false if there is no room.
    #[inline(always)]
    pub(crate) fn push_entry(&self, class: SizeClass, block: Block) -> bool {
        let free = own(&self.tops, class);
        if free == own(&self.limits, class) {
            return false;
        }
        // SAFETY: M1: `top < limit`, so there is a place.
        unsafe { free.write(block) };
        // SAFETY: M1: not above the limit.
        of(&self.tops, class).store(unsafe { free.add(1) }, R);
        true
    }

    /// Blocks in a magazine; from another thread, a snapshot.
    pub(crate) fn len(&self, class: SizeClass) -> usize {
        let start = of(&self.bases, class).load(R).addr();
        let bytes = of(&self.tops, class).load(R).addr().wrapping_sub(start);
        // A snapshot may mix the pointers of two arrays: then it is anything.
        let entries = (bytes / size_of::<Block>()).min(MAGAZINE_BLOCKS);
        entries + usize::from(of(&self.nexts, class).load(R) > CLOSED)
    }

    /// Entries that the array of a magazine holds at most: one block less than the magazine,
    /// where the place in front is open.
    pub(crate) fn capacity(&self, class: SizeClass) -> usize {
        (self.limit(class).addr() - self.base(class).addr()) / size_of::<Block>()
    }

    /// Blocks in the array. The heap's own thread only.
    pub(crate) fn entries(&self, class: SizeClass) -> usize {
        (own(&self.tops, class).addr() - self.base(class).addr()) / size_of::<Block>()
    }

    /// The block that goes out next. The heap's own thread only.
    #[inline(always)]
    fn next(&self, class: SizeClass) -> Option<Block> {
        let next = own(&self.nexts, class);
        if next > CLOSED { Block::new(next) } else { None }
    }

    fn base(&self, class: SizeClass) -> *mut Block {
        own(&self.bases, class)
    }

    fn limit(&self, class: SizeClass) -> *mut Block {
        own(&self.limits, class)
    }

    /// Fills an empty magazine through `source`, which puts up to `want` blocks into places and
    /// says how many. Returns how many.
    pub(crate) fn fill(
        &self,
        class: SizeClass,
        want: usize,
        source: impl FnOnce(&Places) -> usize,
    ) -> usize {
        debug_assert!(self.len(class) == 0 && want <= self.capacity(class));
        let base = self.base(class);
        let got = source(&Places { base, want });
        // SAFETY: M1: the entries were written from the end of `want` places.
        let first = unsafe { base.add(want - got) };
        if got < want {
            // SAFETY: M1: both ranges lie within the `want` places.
            unsafe { ptr::copy(first, base, got) };
        }
        // SAFETY: M1: `got <= want`, which is at most the capacity.
        of(&self.tops, class).store(unsafe { base.add(got) }, R);
        got
    }

    /// Takes `count` blocks out, the oldest entries first, the one that goes out next last; they go
    /// to `sink`, some at a time.
    pub(crate) fn spill(&self, class: SizeClass, count: usize, mut sink: impl FnMut(&[Block])) {
        #[cfg(debug_assertions)]
        self.check(class);
        let (base, len) = (self.base(class), self.entries(class));
        if count > len
            && let Some(next) = self.next(class)
        {
            of(&self.nexts, class).store(ptr::null_mut(), R);
            sink(&[next]);
        }
        let count = count.min(len);
        if count == 0 {
            return;
        }
        // SAFETY: M1: so many entries. Only this thread writes them (M2), and no `sink` comes
        // back here, as it would find the blocks a second time.
        sink(unsafe { slice::from_raw_parts(base, count) });
        // SAFETY: M1: `count <= len`.
        let rest = unsafe { base.add(count) };
        // SAFETY: M1: the rest of the entries, moved to the front.
        unsafe { ptr::copy(rest, base, len - count) };
        // SAFETY: M1: as many as are left.
        of(&self.tops, class).store(unsafe { base.add(len - count) }, R);
    }

    /// Notes that a magazine ran empty; true if more room would pay: what is fetched together
    /// costs less.
    pub(crate) fn note_empty(&self, class: SizeClass) -> bool {
        self.growth(|growth| {
            growth.refilled[class.index()] = true;
            growth.busy[class.index()] = true;
        });
        self.is_tiny(class)
    }

    /// Notes that a magazine is full; true if more room would pay: the bound is tiny, or blocks
    /// had to be fetched since the last time, so that it would have saved both ways.
    pub(crate) fn note_full(&self, class: SizeClass) -> bool {
        let refilled = self.growth(|growth| {
            growth.busy[class.index()] = true;
            let refilled = core::mem::replace(&mut growth.refilled[class.index()], false);
            let turns = &mut growth.turns[class.index()];
            *turns = turns.saturating_add(refilled.into());
            refilled
        });
        refilled || self.is_tiny(class)
    }

    fn is_tiny(&self, class: SizeClass) -> bool {
        self.capacity(class) * 2 * class.block_bytes() <= MAGAZINE_EASY_BYTES
    }

    /// True if the bound of a class is below its maximum, and the budget is large enough for twice as
    /// much, were it for this class alone.
    pub(crate) fn may_grow(&self, class: SizeClass) -> bool {
        let (old, bytes) = (self.capacity(class), class.block_bytes());
        old * 2 <= MAGAZINE_BLOCKS
            && old * 2 * bytes <= MAGAZINE_BYTES
            && old * bytes <= watch::options().magazine_bytes()
    }

    /// A class whose magazine is larger than it was at first, and has not run empty or over
    /// lately: a clock's hand passes over those that have, once.
    pub(crate) fn idle_class(&self, but: SizeClass) -> Option<SizeClass> {
        self.growth(|growth| {
            (0..2 * CLASS_COUNT).find_map(|_| {
                growth.hand = (growth.hand + 1) % CLASS_COUNT;
                let class = SizeClass::from_index(growth.hand)?;
                let busy = core::mem::replace(&mut growth.busy[growth.hand], false);
                let spares = self.capacity(class) > first_capacity(class);
                (class != but && spares && !busy).then_some(class)
            })
        })
    }

    /// Doubles the room of a class; false if the budget or the memory does not allow it.
    pub(crate) fn grow(&self, class: SizeClass) -> bool {
        let (old, bytes) = (self.capacity(class), class.block_bytes());
        let (new, base, len) = (old * 2, self.base(class), self.entries(class));
        let budget_bytes = watch::options().magazine_bytes();
        let array = self.growth(|growth| {
            let grown_bytes = growth.grown_bytes + old * bytes;
            if grown_bytes > budget_bytes {
                return None;
            }
            let entries = &mut growth.entries[class.index()];
            let mut array = base;
            if *entries < new {
                let outgrown = core::mem::replace(entries, new);
                let Some(fresh) = growth.take_spare(new) else {
                    growth.entries[class.index()] = outgrown;
                    return None;
                };
                // SAFETY: M1, and the new array is longer than the old one.
                unsafe { ptr::copy_nonoverlapping(base, fresh.as_ptr(), len) };
                growth.keep_spare(base, outgrown);
                array = fresh.as_ptr();
            }
            growth.grown_bytes = grown_bytes;
            Some(array)
        });
        if let Some(array) = array {
            self.set(class, array, len, new);
        }
        array.is_some()
    }

    /// Halves the room of a class, whose array has at most half as many blocks. The array stays.
    pub(crate) fn shrink(&self, class: SizeClass) {
        let (new, len) = (self.capacity(class) / 2, self.entries(class));
        debug_assert!(len <= new, "M1: blocks would be lost");
        self.set(class, self.base(class), len, new);
        self.growth(|growth| growth.grown_bytes -= new * class.block_bytes());
        if new == first_capacity(class) && own(&self.nexts, class) == CLOSED {
            of(&self.nexts, class).store(ptr::null_mut(), R);
            self.growth(|growth| growth.turns[class.index()] = 0);
        }
    }

    /// Gives a class an array, of whose entries `len` are blocks and `capacity` may be.
    fn set(&self, class: SizeClass, base: *mut Block, len: usize, capacity: usize) {
        let (top, limit) = (base.wrapping_add(len), base.wrapping_add(capacity));
        of(&self.bases, class).store(base, R);
        of(&self.limits, class).store(limit, R);
        of(&self.tops, class).store(top, R);
    }

    /// M1 for one class, entry by entry: addresses of blocks, no two the same.
    #[cfg(debug_assertions)]
    pub(crate) fn check(&self, class: SizeClass) {
        let (base, len) = (self.base(class), self.entries(class));
        let next = own(&self.nexts, class).addr();
        assert!(len <= self.capacity(class), "M1: a magazine ran over");
        let capacity = self.growth(|growth| growth.entries[class.index()]);
        assert!(self.capacity(class) <= capacity, "M1: a bound is beyond its array");
        let entry = |number: usize| {
            // SAFETY: M1: below the top.
            unsafe { base.wrapping_add(number).read() }.addr().get()
        };
        for number in 0..len {
            let twice = number > 0 && entry(number) == entry(number - 1);
            assert!(!twice && entry(number) != next, "W1: a block is in a magazine twice");
        }
    }

    fn growth<T>(&self, f: impl FnOnce(&mut Growth) -> T) -> T {
        // SAFETY: M2: only the heap's thread calls this, and no `f` comes back here.
        self.growth.with_mut(|growth| f(unsafe { &mut *growth }))
    }
}

/// The free places of an empty magazine that is being filled.
#[derive(Debug)]
pub(crate) struct Places {
    base: *mut Block,
    want: usize,
}

impl Places {
    /// Puts a block into place `number`; number 0 is handed out first.
    ///
    /// # Safety
    ///
    /// `number` is below what was wanted, and each is put once, from 0 upwards.
    #[inline]
    pub(crate) unsafe fn put(&self, number: usize, block: Block) {
        debug_assert!(number < self.want, "M1: more blocks than wanted");
        // SAFETY: M1: `want` places are free, and `number` is below it.
        let place = unsafe { self.base.add(self.want - 1 - number) };
        // SAFETY: as above.
        unsafe { place.write(block) };
    }
}

#[inline(always)]
fn of<T>(pointers: &Pointers<T>, class: SizeClass) -> &AtomicPtr<T> {
    // SAFETY: by the invariant of SizeClass the offset is that of an entry.
    let pointer = unsafe { pointers.as_ptr().byte_add(class.offset()) };
    // SAFETY: as above.
    unsafe { &*pointer }
}

/// A pointer as the heap's thread reads it: a plain load can be part of a comparison, an atomic one
/// can't.
#[inline(always)]
fn own<T>(pointers: &Pointers<T>, class: SizeClass) -> *mut T {
    // SAFETY: M2: only this thread writes, and others read atomically: no race.
    unsafe { of(pointers, class).as_ptr().read() }
}

/// The first bound of a class, in blocks: a power of two.
fn first_capacity(class: SizeClass) -> usize {
    let fit = MAGAZINE_FIRST_BYTES / class.block_bytes();
    1 << fit.clamp(1, MAGAZINE_FIRST_BLOCKS).ilog2()
}

#[cfg(test)]
mod tests;
