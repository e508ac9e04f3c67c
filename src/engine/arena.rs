//! Arenas: large reserved ranges that segments come from, and the slices in them.
//!
//! An arena keeps what finders scan apart from the segments it describes: one word of free
//! slices per segment, packed, so that the first place for a slab in 1 GiB is found in a few
//! cache lines. Lowest address first: what is free at the end of the heap stays free.

use crate::{
    config::{
        ARENA_LIMIT_FRACTION, ARENA_SEGMENTS, ARENAS, COMMIT_PATIENCE, HUGE_SAMPLE, OPEN_MAX,
        OPEN_PART, SEGMENT_BYTES, SLICE_BYTES, SLICES,
    },
    engine::{
        limit, map, meta,
        os::{self, Pages},
        segment::{Segment, Slice},
    },
    protocol::{bits::Bits, once::Once},
    size_class::CLASS_COUNT,
    sync::{AtomicU32, Ordering},
};
use core::ptr::NonNull;

mod huge;
mod purge;
mod sets;
mod tokens;
use sets::SliceSets;
pub(crate) use tokens::take_token;

/// Words of 64 segments in an arena.
const WORDS: usize = ARENA_SEGMENTS / 64;
/// All slices but the header's.
const DATA_SLICES: u64 = !1;

/// A reserved range of address space. Never given back.
///
/// Who takes a bit out of `free` owns that slice, and the bits of it in `touched` and `idle`.
///
/// What a process that stays small needs of it lies in the first page.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Arena {
    start: Option<NonNull<u8>>,
    /// Its place in [`LIST`].
    number: u32,
    segments: u32,
    /// One more than the highest segment that was ever in use.
    top: AtomicU32,
    /// Segments that are reserved, but not committed.
    uncommitted: [Bits; WORDS],
    /// Segments whose kind of pages is set, and which may be read and written.
    opened: [Bits; WORDS],
    /// Segments whose header is written: what stats and recovery may look at.
    ready: [Bits; WORDS],
    /// Segments that got huge pages, and of which nothing went back since.
    huge: [Bits; WORDS],
    /// Per class: the segments that have a token.
    summary: [[Bits; WORDS]; CLASS_COUNT],
    slices: [SliceSets; WORDS],
}

// SAFETY: `start` is an address that is only computed with; the rest is atomic or constant.
unsafe impl Sync for Arena {}

static LIST: [Once<Arena>; ARENAS] = [const { Once::new() }; ARENAS];

/// 1 while a thread commits a segment. Two would be one too many, but do no harm: hence Relaxed, and
/// who waits does not wait for ever.
static COMMITTING: AtomicU32 = AtomicU32::new(0);

/// Slices that the calling thread owns.
#[derive(Debug)]
#[must_use = "dropping slices loses them"]
pub(crate) struct Slices {
    pub(crate) segment: &'static Segment,
    /// First of them.
    pub(crate) at: usize,
    /// The memory is zero.
    pub(crate) zeroed: bool,
}

/// What an arena lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lack {
    /// It has no such place; another arena may.
    Place,
    /// The system, or the limit, has no memory for it.
    Memory,
}

/// All arenas, oldest first.
pub(crate) fn all() -> impl Iterator<Item = &'static Arena> {
    LIST.iter().map_while(Once::get)
}

/// The arena of a segment.
pub(crate) fn of(segment: &Segment) -> Option<&'static Arena> {
    LIST.get(segment.arena() as usize)?.get()
}

/// Takes `len` slices in a row, those that are backed by memory first. `None`: out of memory.
///
/// * `len`: `1..=16`.
pub(crate) fn take_slices(len: usize) -> Option<Slices> {
    let mut patience = COMMIT_PATIENCE;
    loop {
        let known = all().count();
        let mut found = first(|arena| arena.take_slices(len, true));
        if let Err(Lack::Place) = found {
            found = first(|arena| arena.take_slices(len, false));
        }
        match found {
            Ok(slices) => return Some(slices),
            Err(Lack::Memory) => return None,
            Err(Lack::Place) => {}
        }
        // Where another thread is committing, there will be slices in a moment.
        if patience > 0 && COMMITTING.swap(1, Ordering::Relaxed) == 1 {
            patience -= 1;
            os::yield_now();
            continue;
        }
        let committed = first(Arena::commit_segment);
        COMMITTING.store(0, Ordering::Relaxed);
        match committed {
            Ok(()) => {}
            Err(Lack::Place) if grow(known) => {}
            Err(_) => return None,
        }
    }
}

/// What the first arena says that does not lack the place.
fn first<T>(ask: impl FnMut(&'static Arena) -> Result<T, Lack>) -> Result<T, Lack> {
    let mut answers = all().map(ask);
    answers.find(|answer| !matches!(answer, Err(Lack::Place))).unwrap_or(Err(Lack::Place))
}

/// Makes arena number `known`, or waits for the thread that does. False: out of memory.
fn grow(known: usize) -> bool {
    LIST.get(known).is_some_and(|place| place.make(|| Arena::reserve(known), os::yield_now))
}

/// In the child of a fork: what a vanished thread was making is not made.
pub(crate) fn recover_list() {
    COMMITTING.store(0, Ordering::Relaxed);
    LIST.iter().for_each(Once::recover);
}

impl Arena {
    /// Reserves 1 GiB, or as much as the system grants, down to one segment.
    fn reserve(number: usize) -> Option<&'static Self> {
        let mut segments = ARENA_SEGMENTS;
        if let Some(limit) = os::address_limit() {
            segments = segments.min(limit / ARENA_LIMIT_FRACTION / SEGMENT_BYTES).max(1);
        }
        let start = loop {
            match os::reserve(segments * SEGMENT_BYTES, SEGMENT_BYTES) {
                Some(start) => break start,
                None if segments == 1 => return None,
                None => segments /= 2,
            }
        };
        os::advise(start, segments * SEGMENT_BYTES, Pages::Small);
        let Some(arena) = meta::alloc(size_of::<Self>()) else {
            // SAFETY: reserved just now, used by nobody.
            unsafe { os::release(start, segments * SEGMENT_BYTES) };
            return None;
        };
        let mut arena = arena.cast::<Self>();
        // SAFETY: a zeroed record is an arena of no segments, with empty sets; nobody else knows
        // this one, and records are never unmapped.
        let arena: &'static mut Self = unsafe { arena.as_mut() };
        arena.start = Some(start);
        arena.number = u32::try_from(number).unwrap_or(0);
        arena.segments = u32::try_from(segments).unwrap_or(0);
        let arena: &'static Self = arena;
        for (word, bits) in arena.uncommitted.iter().enumerate() {
            bits.put(arena.members(word));
        }
        Some(arena)
    }

    /// Makes the lowest segment that is not in use usable.
    fn commit_segment(&'static self) -> Result<(), Lack> {
        for (word, bits) in self.uncommitted.iter().enumerate() {
            let Some(bit) = bits.take_lowest() else { continue };
            let index = word * 64 + bit as usize;
            let start = self.segment_start(index);
            // The header is in use from now on; slices are charged when they are taken.
            if !limit::charge(SLICE_BYTES) {
                bits.put(1 << bit);
                return Err(Lack::Memory);
            }
            // Opened first: the map knows nothing that must not be read.
            if !self.open(index) || !map::enter_segment(start) {
                limit::uncharge(SLICE_BYTES);
                bits.put(1 << bit);
                return Err(Lack::Memory);
            }
            #[expect(clippy::cast_possible_truncation, reason = "below ARENA_SEGMENTS")]
            let number = index as u32;
            // SAFETY: committed just now, owned by this thread.
            unsafe { Segment::found(start, self.number, number) };
            // Relaxed: a bound for finders, who take slices with Acquire.
            self.top.fetch_max(number + 1, Ordering::Relaxed);
            if let (Some(free), Some(ready)) = (self.free(index), self.ready.get(word)) {
                ready.put(1 << bit);
                free.put(DATA_SLICES);
            }
            return Ok(());
        }
        Err(Lack::Place)
    }

    /// Makes segment number `index` readable and writable, and some that follow it with it: each such call of
    /// the system stops threads that touch memory for the first time. To open one twice does no harm.
    fn open(&self, index: usize) -> bool {
        let Some(opened) = self.opened.get(index / 64) else { return false };
        let closed = (!opened.snapshot() >> (index % 64)).trailing_ones() as usize;
        if closed == 0 {
            return true;
        }
        // The pages of all are of one kind: those in front of a sample, or the sample.
        let most =
            if index.is_multiple_of(HUGE_SAMPLE) { 1 } else { HUGE_SAMPLE - index % HUGE_SAMPLE };
        let most = most.min(closed).min(self.segments as usize - index).min(OPEN_MAX);
        let mut len = (index / OPEN_PART).clamp(1, most);
        let start = self.segment_start(index);
        // SAFETY: reserved segments, and nothing in them changes.
        while !unsafe { os::commit(start, len * SEGMENT_BYTES) } {
            if len == 1 {
                return false;
            }
            len = 1;
        }
        self.choose_pages(index, len);
        opened.put(run_bits(index % 64, len));
        true
    }

    fn segment_start(&self, index: usize) -> NonNull<u8> {
        let start = self.start.unwrap_or(NonNull::dangling());
        // SAFETY: callers take `index` from bits of this arena's segments, so it has a start.
        unsafe { start.add(index * SEGMENT_BYTES) }
    }

    /// Segment number `index`.
    ///
    /// # Safety
    ///
    /// It is committed, with its header written.
    unsafe fn segment(&self, index: usize) -> &'static Segment {
        let start = self.segment_start(index);
        // SAFETY: the caller's promise.
        unsafe { Segment::of(start.addr().get()) }
    }

    /// The segments in use, lowest first.
    pub(crate) fn segments(&self) -> impl Iterator<Item = &'static Segment> {
        self.ready.iter().enumerate().flat_map(move |(word, ready)| {
            let members = ready.members();
            (0..64).filter(move |bit| members >> bit & 1 == 1).map(move |bit| {
                // SAFETY: committed, with its header written.
                unsafe { self.segment(word * 64 + bit) }
            })
        })
    }

    /// Bytes reserved.
    pub(crate) fn bytes(&self) -> usize {
        self.segments as usize * SEGMENT_BYTES
    }

    fn take_slices(&self, len: usize, warm: bool) -> Result<Slices, Lack> {
        let top = self.top.load(Ordering::Relaxed) as usize;
        for (index, free) in self.all_free().enumerate().take(top) {
            let seen = free.snapshot();
            if seen == 0 {
                continue;
            }
            let Some(touched) = self.touched(index) else { continue };
            let among = if warm { touched.snapshot() } else { u64::MAX };
            let Some(run) = free.take_run(len, among) else { continue };
            // The slices are this thread's own now, and so are their bits below.
            let zeroed = touched.snapshot() & run == 0;
            if !self.touch(index, run) {
                free.put(run);
                return Err(Lack::Memory);
            }
            // SAFETY: slices of a segment are free only once its header is written.
            let segment = unsafe { self.segment(index) };
            return Ok(Slices { segment, at: run.trailing_zeros() as usize, zeroed });
        }
        Err(Lack::Place)
    }

    /// Notes that slices, which the caller owns, are about to be used. False: beyond the limit.
    fn touch(&self, index: usize, slices: u64) -> bool {
        let (Some(touched), Some(idle)) = (self.touched(index), self.idle(index)) else {
            return false;
        };
        let fresh = slices & !touched.snapshot();
        if fresh != 0 {
            if !limit::charge(fresh.count_ones() as usize * SLICE_BYTES) {
                return false;
            }
            touched.put(slices);
        }
        idle.take(slices);
        true
    }

    /// Takes `len` slices from `at` on if all of them are free: how a run grows in place.
    pub(crate) fn take_these(&self, segment: &Segment, at: usize, len: usize) -> bool {
        if at + len > SLICES {
            return false;
        }
        let (index, run) = (segment.index() as usize, run_bits(at, len));
        let Some(free) = self.free(index).filter(|free| free.take_all(run)) else {
            return false;
        };
        let touched = self.touch(index, run);
        if !touched {
            free.put(run);
        }
        touched
    }

    /// E3 for slabs, and the end of a run: the slices are free for any use.
    pub(crate) fn give_slices(&self, segment: &Segment, at: usize, len: usize) {
        segment.note(Slice::Unused, at, len);
        if let Some(free) = self.free(segment.index() as usize) {
            let before = free.put(run_bits(at, len));
            debug_assert!(before == 0, "B1: slices were given back twice");
        }
    }

    /// In the child of a fork: a segment that a vanished thread was committing is not in use.
    pub(crate) fn recover_segments(&self) {
        for (word, (ready, uncommitted)) in self.ready.iter().zip(&self.uncommitted).enumerate() {
            uncommitted.put(self.members(word) & !ready.snapshot());
        }
    }

    /// The segments of this arena, as bits of word number `word`.
    fn members(&self, word: usize) -> u64 {
        match (self.segments as usize).saturating_sub(word * 64) {
            0 => 0,
            left => u64::MAX >> (64 - left.min(64)),
        }
    }

    /// In the child of a fork, with every other thread gone: sets what the segments say is free.
    pub(crate) fn recover_slices(&self, segment: &Segment) {
        let unused = (1..SLICES).filter(|&slice| segment.slice(slice) == Slice::Unused);
        let bits = unused.fold(0, |bits, slice| bits | 1 << slice);
        if let Some(free) = self.free(segment.index() as usize) {
            free.take(u64::MAX);
            free.put(bits);
        }
    }
}

/// The bits of `len` slices from `at` on.
fn run_bits(at: usize, len: usize) -> u64 {
    (u64::MAX >> (64 - len)) << at
}
