//! Runs: medium blocks, 32 KiB to 1 MiB, made of whole slices.

use crate::{
    config::{RUN_CACHE_BYTES, RUN_CACHE_ENTRIES, SLICE_BYTES},
    engine::{
        arena,
        misuse::{self, Fault},
        purge,
        segment::{Segment, Slice},
        watch,
    },
};
use core::ptr::NonNull;

/// Allocates `slices` slices; also says whether they are zero. `None`: out of memory.
///
/// * `slices`: `1..=16`.
pub(crate) fn alloc(slices: usize) -> Option<(NonNull<u8>, bool)> {
    purge::tick();
    let taken = arena::take_slices(slices)?;
    taken.segment.note(Slice::Run(taken.at), taken.at, slices);
    Some((taken.segment.slice_start(taken.at), taken.zeroed))
}

/// Aborts if no run starts at `start`, a block that the program freed with a medium layout.
pub(crate) fn check(start: NonNull<u8>) {
    // SAFETY: a block of a medium layout lies in a segment.
    let segment = unsafe { Segment::of(start.addr().get()) };
    let at = segment.slice_start(0).addr().get().abs_diff(start.addr().get()) / SLICE_BYTES;
    let fault = match segment.slice(at) {
        Slice::Run(first) if first == at => return,
        Slice::Run(_) | Slice::Unused => Fault::NotOurs,
        Slice::Slab(_) => Fault::WrongLayout,
    };
    misuse::abort(fault, start.addr().get());
}

/// Gives the slices of a run back.
pub(crate) fn give_back(start: NonNull<u8>, slices: usize) {
    // SAFETY: runs lie in segments.
    let segment = unsafe { Segment::of(start.addr().get()) };
    if let (Slice::Run(at), Some(arena)) =
        (segment.slice_of(start.addr().get()), arena::of(segment))
    {
        arena.give_slices(segment, at, slices);
        watch::tell(slices * SLICE_BYTES);
    }
    purge::tick();
}

/// Changes the length of a run where it stands. False if what lies behind it is in use.
pub(crate) fn resize(start: NonNull<u8>, old_slices: usize, new_slices: usize) -> bool {
    // SAFETY: runs lie in segments.
    let segment = unsafe { Segment::of(start.addr().get()) };
    let (Slice::Run(at), Some(arena)) = (segment.slice_of(start.addr().get()), arena::of(segment))
    else {
        return false;
    };
    if new_slices <= old_slices {
        if new_slices < old_slices {
            arena.give_slices(segment, at + new_slices, old_slices - new_slices);
            watch::tell((old_slices - new_slices) * SLICE_BYTES);
        }
        return true;
    }
    let more = new_slices - old_slices;
    let grown = arena.take_these(segment, at + old_slices, more);
    if grown {
        segment.note(Slice::Run(at), at + old_slices, more);
    }
    grown
}

/// Runs that a heap keeps for its next requests, of the same lengths. Zeroed memory is none.
#[derive(Debug)]
pub(crate) struct Cache([Kept; RUN_CACHE_ENTRIES]);

/// A run, or none.
#[derive(Clone, Copy, Debug)]
struct Kept {
    start: Option<NonNull<u8>>,
    slices: usize,
}

impl Kept {
    const NONE: Self = Self { start: None, slices: 0 };

    fn bytes(self) -> usize {
        if self.start.is_some() { self.slices * SLICE_BYTES } else { 0 }
    }
}

impl Cache {
    pub(crate) const fn new() -> Self {
        Self([Kept::NONE; RUN_CACHE_ENTRIES])
    }

    /// Takes a run of `slices`.
    pub(crate) fn take(&mut self, slices: usize) -> Option<NonNull<u8>> {
        self.0.iter_mut().filter(|kept| kept.slices == slices).find_map(|kept| kept.start.take())
    }

    /// Takes any run, as where it starts and how many slices it has.
    pub(crate) fn pop(&mut self) -> Option<(NonNull<u8>, usize)> {
        self.0.iter_mut().find_map(|kept| kept.start.take().map(|start| (start, kept.slices)))
    }

    /// Keeps a run; false if the cache is full.
    pub(crate) fn keep(&mut self, start: NonNull<u8>, slices: usize) -> bool {
        if self.bytes() + slices * SLICE_BYTES > RUN_CACHE_BYTES {
            return false;
        }
        let place = self.0.iter_mut().find(|kept| kept.start.is_none());
        place.map(|place| *place = Kept { start: Some(start), slices }).is_some()
    }

    /// True if the run at `start` is here.
    #[cfg(feature = "c-api")]
    pub(crate) fn has(&self, start: NonNull<u8>) -> bool {
        self.0.iter().any(|kept| kept.start == Some(start))
    }

    /// Bytes in all of them.
    pub(crate) fn bytes(&self) -> usize {
        self.0.iter().map(|kept| kept.bytes()).sum()
    }
}
