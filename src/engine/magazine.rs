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
//! Arrays grow by doubling, from a few entries to [`MAGAZINE_BLOCKS`], where allocations and
//! frees of a class take turns. Outgrown arrays serve other classes of the same heap.

use crate::{
    config::{MAGAZINE_BLOCKS, MAGAZINE_FIRST_BLOCKS, MAGAZINE_FIRST_BYTES},
    engine::meta,
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

/// The magazines of one heap.
///
/// * **M1** `base <= top <= limit`, all in one array; the entries `base..top`, and `next` if it is
///   a block, are free blocks that this heap holds (W1).
/// * **M2** Only the heap's thread writes. The pointers are atomic for the eyes of stats, and
///   nothing is read through them there. The heap's thread reads them without (see [`own`]).
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Magazines {
    each: [Magazine; CLASS_COUNT],
    growth: UnsafeCell<Growth>,
}

/// The pointers of one class, in half a cache line: a request touches one line.
#[derive(Debug)]
#[repr(C, align(32))]
struct Magazine {
    /// The block that goes out next, null, or [`CLOSED`] where the array does without.
    next: AtomicPtr<FreeBlock>,
    /// One past the newest entry.
    top: AtomicPtr<Block>,
    base: AtomicPtr<Block>,
    limit: AtomicPtr<Block>,
}

/// In place of the block that goes out next: none, and none is wanted.
const CLOSED: *mut FreeBlock = ptr::without_provenance_mut(1);

/// Relaxed in this module: see M2.
const R: Ordering = Ordering::Relaxed;

impl Magazine {
    const fn none() -> Self {
        let none = ptr::null_mut();
        Self {
            next: AtomicPtr::new(CLOSED),
            top: AtomicPtr::new(none),
            base: AtomicPtr::new(none),
            limit: AtomicPtr::new(none),
        }
    }
}

impl Magazines {
    /// Magazines that are empty and full at once: every request takes the slow path.
    pub(crate) const fn none() -> Self {
        Self {
            each: [const { Magazine::none() }; CLASS_COUNT],
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
            self.of(class).next.store(ptr::null_mut(), R);
            self.set(class, base, 0, capacity);
            self.growth(|growth| growth.entries[class.index()] = capacity);
            base = base.wrapping_add(capacity);
        }
    }

    #[inline(always)]
    fn of(&self, class: SizeClass) -> &Magazine {
        const STRIDES: usize = size_of::<Magazine>() / SizeClass::STRIDE;
        // SAFETY: by the invariant of SizeClass this is the place of an entry.
        let magazine = unsafe { self.each.as_ptr().byte_add(class.offset() * STRIDES) };
        // SAFETY: as above.
        unsafe { &*magazine }
    }

    /// Takes a block: the one that goes out next, else the newest entry.
    #[inline(always)]
    pub(crate) fn pop(&self, class: SizeClass) -> Option<Block> {
        if let Some(block) = self.next(class) {
            self.of(class).next.store(ptr::null_mut(), R);
            return Some(block);
        }
        let newest = own(&self.of(class).top);
        if newest == own(&self.of(class).base) {
            return None;
        }
        // SAFETY: M1: `base < top`, so there is an entry below.
        let newest = unsafe { newest.sub(1) };
        self.of(class).top.store(newest, R);
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
        own(&self.of(class).next).is_null()
    }

    /// Puts a block where one is [wanted](Self::wants_next), to go out next.
    #[inline(always)]
    pub(crate) fn put_next(&self, class: SizeClass, block: Block) {
        self.of(class).next.store(block.as_ptr(), R);
    }

    /// Puts a block into the array; false if there is no room.
    #[inline(always)]
    pub(crate) fn push_entry(&self, class: SizeClass, block: Block) -> bool {
        let free = own(&self.of(class).top);
        if free == own(&self.of(class).limit) {
            return false;
        }
        // SAFETY: M1: `top < limit`, so there is a place.
        unsafe { free.write(block) };
        // SAFETY: M1: not above the limit.
        self.of(class).top.store(unsafe { free.add(1) }, R);
        true
    }

    /// Blocks in a magazine; from another thread, a snapshot.
    pub(crate) fn len(&self, class: SizeClass) -> usize {
        let start = self.of(class).base.load(R).addr();
        let bytes = self.of(class).top.load(R).addr().wrapping_sub(start);
        // A snapshot may mix the pointers of two arrays: then it is anything.
        let entries = (bytes / size_of::<Block>()).min(MAGAZINE_BLOCKS);
        entries + usize::from(self.of(class).next.load(R) > CLOSED)
    }

    /// Entries that the array of a magazine holds at most: one block less than the magazine,
    /// where the place in front is open.
    pub(crate) fn capacity(&self, class: SizeClass) -> usize {
        (self.limit(class).addr() - self.base(class).addr()) / size_of::<Block>()
    }

    /// Blocks in the array. The heap's own thread only.
    pub(crate) fn entries(&self, class: SizeClass) -> usize {
        (own(&self.of(class).top).addr() - self.base(class).addr()) / size_of::<Block>()
    }

    /// The block that goes out next. The heap's own thread only.
    #[inline(always)]
    fn next(&self, class: SizeClass) -> Option<Block> {
        let next = own(&self.of(class).next);
        if next > CLOSED { Block::new(next) } else { None }
    }

    fn base(&self, class: SizeClass) -> *mut Block {
        own(&self.of(class).base)
    }

    fn limit(&self, class: SizeClass) -> *mut Block {
        own(&self.of(class).limit)
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
        self.of(class).top.store(unsafe { base.add(got) }, R);
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
            self.of(class).next.store(ptr::null_mut(), R);
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
        self.of(class).top.store(unsafe { base.add(len - count) }, R);
    }

    /// Gives a class an array, of whose entries `len` are blocks and `capacity` may be.
    fn set(&self, class: SizeClass, base: *mut Block, len: usize, capacity: usize) {
        let (top, limit) = (base.wrapping_add(len), base.wrapping_add(capacity));
        self.of(class).base.store(base, R);
        self.of(class).limit.store(limit, R);
        self.of(class).top.store(top, R);
    }

    /// M1 for one class, entry by entry: addresses of blocks, no two the same.
    #[cfg(debug_assertions)]
    pub(crate) fn check(&self, class: SizeClass) {
        let (base, len) = (self.base(class), self.entries(class));
        let next = own(&self.of(class).next).addr();
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

/// A pointer as the heap's thread reads it: a plain load can be part of a comparison, an atomic one
/// can't.
#[inline(always)]
fn own<T>(pointer: &AtomicPtr<T>) -> *mut T {
    // SAFETY: M2: only this thread writes, and others read atomically: no race.
    unsafe { pointer.as_ptr().read() }
}

/// The first bound of a class, in blocks: a power of two.
fn first_capacity(class: SizeClass) -> usize {
    let fit = MAGAZINE_FIRST_BYTES / class.block_bytes();
    1 << fit.clamp(1, MAGAZINE_FIRST_BLOCKS).ilog2()
}

#[cfg(test)]
mod tests;
