//! Runs: medium blocks, 32 KiB to 1 MiB, made of whole slices.

use crate::{
    config::SLICE_BYTES,
    engine::{
        arena,
        misuse::{self, Fault},
        purge,
        segment::{Segment, Slice},
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
