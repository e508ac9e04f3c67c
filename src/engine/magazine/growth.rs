//! What decides how far magazines grow, and the arrays that they outgrew.

use super::{CLOSED, Magazines, R, first_capacity, own};
use crate::{
    config::{
        MAGAZINE_BLOCKS, MAGAZINE_BUDGET_BYTES, MAGAZINE_BUDGET_BYTES_LARGE, MAGAZINE_BUDGET_PART,
        MAGAZINE_BYTES, MAGAZINE_EASY_BYTES,
    },
    engine::{limit, meta, owner, watch},
    protocol::block::Block,
    size_class::{CLASS_COUNT, SizeClass},
};
use core::ptr::{self, NonNull};

/// Capacities are powers of two below this power.
const SIZES: usize = MAGAZINE_BLOCKS.ilog2() as usize + 1;

#[derive(Debug)]
pub(super) struct Growth {
    /// The array that all classes began with, each with a piece; for the life of the heap.
    pub(super) first: *mut Block,
    /// Outgrown arrays by the logarithm of their capacity, linked through their first word.
    spare: [*mut Block; SIZES],
    /// Per class: entries in its array, which may be more than the bound.
    pub(super) entries: [usize; CLASS_COUNT],
    /// Bytes of blocks by which all bounds together are above the first ones.
    pub(super) grown_bytes: usize,
    /// Per class: blocks had to be fetched since the magazine ran over last.
    pub(super) refilled: [bool; CLASS_COUNT],
    /// Per class: how often the magazine ran over after it had run empty, up to a few.
    pub(super) turns: [u8; CLASS_COUNT],
    /// Per class: the magazine ran empty or over since `hand` came by.
    pub(super) busy: [bool; CLASS_COUNT],
    /// The class at which the search for one that can spare room goes on.
    pub(super) hand: usize,
}

impl Growth {
    pub(super) const fn new() -> Self {
        Self {
            first: ptr::null_mut(),
            spare: [ptr::null_mut(); SIZES],
            entries: [0; CLASS_COUNT],
            grown_bytes: 0,
            refilled: [false; CLASS_COUNT],
            turns: [0; CLASS_COUNT],
            busy: [false; CLASS_COUNT],
            hand: 0,
        }
    }

    /// An array of `capacity` entries: one that no class uses any more, or a fresh one.
    pub(super) fn take_spare(&mut self, capacity: usize) -> Option<NonNull<Block>> {
        let spare = &mut self.spare[capacity.ilog2() as usize];
        let Some(array) = NonNull::new(*spare) else {
            return meta::alloc(capacity * size_of::<Block>()).map(NonNull::cast);
        };
        // SAFETY: a spare array begins with the address of the next one.
        *spare = unsafe { array.cast().read() };
        Some(array)
    }

    /// Keeps an array that no class uses any more.
    pub(super) fn keep_spare(&mut self, array: *mut Block, capacity: usize) {
        let spare = &mut self.spare[capacity.ilog2() as usize];
        // SAFETY: the array has at least one entry, and is not used any more.
        unsafe { array.cast::<*mut Block>().write(*spare) };
        *spare = array;
    }
}

/// Bytes by which all bounds together may be above the first ones. What has no room goes home, block by
/// block to ever more slabs in a heap that grows; so, if nobody says otherwise, the room grows with it.
fn budget_bytes() -> usize {
    watch::options().magazine_bytes().unwrap_or_else(|| {
        let of_heap = limit::committed_bytes() / owner::heaps().max(1);
        let part = of_heap / MAGAZINE_BUDGET_PART;
        part.clamp(MAGAZINE_BUDGET_BYTES, MAGAZINE_BUDGET_BYTES_LARGE)
    })
}

impl Magazines {
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
            && old * bytes <= budget_bytes()
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
        let budget_bytes = budget_bytes();
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
        if new == first_capacity(class) && own(&self.of(class).next) == CLOSED {
            self.of(class).next.store(ptr::null_mut(), R);
            self.growth(|growth| growth.turns[class.index()] = 0);
        }
    }
}
