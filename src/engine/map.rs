//! The segment map: for every 4 MiB of address space, what of ours lies there.
//!
//! Frees with a `Layout` never read it. [`owns`](crate::PoolAlloc::owns), large blocks, debug
//! checks and (one day) C's `free` do: masking a foreign address and reading there would crash.

use crate::{
    config::SEGMENT_BYTES,
    engine::{meta, os},
    protocol::once::Once,
    sync::{AtomicU32, Ordering},
};
use core::ptr::NonNull;

/// Bits of an address that a program can have: 47 on x86-64, 48 on aarch64. (What lies above needs
/// a hint to `mmap` that we do not give.)
const ADDRESS_BITS: u32 = 48;
const LEAF_BITS: u32 = 14;
const LEAVES: usize = 1 << (ADDRESS_BITS - SEGMENT_BYTES.trailing_zeros() - LEAF_BITS);

/// Nothing of ours. Also what an untouched leaf says.
const NOTHING: u32 = 0;
const SEGMENT: u32 = 1;
/// Not the first 4 MiB of a large mapping.
const INSIDE_LARGE: u32 = 2;
/// From here on: the start of a large mapping of so many OS pages, plus this.
const LARGE: u32 = 3;

type Leaf = [AtomicU32; 1 << LEAF_BITS];

static ROOT: [Once<Leaf>; LEAVES] = [const { Once::new() }; LEAVES];

/// Added to [`LARGE`] and the length: the mapping is in the cache, free.
const CACHED: u32 = 1 << 31;

/// What lies at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Nothing of ours.
    Foreign,
    /// A segment.
    Segment,
    /// A large mapping that starts in these 4 MiB, with its length in bytes.
    Large(usize),
    /// A later part of a large mapping.
    InsideLarge,
    /// A large mapping that is free, kept for reuse.
    Cached,
}

/// Looks an address up. Any address: nothing is read there.
pub(crate) fn look_up(address: usize) -> Place {
    // Relaxed: who holds a block learnt of it after its place was entered.
    match entry(address).map_or(NOTHING, |entry| entry.load(Ordering::Relaxed)) {
        NOTHING => Place::Foreign,
        SEGMENT => Place::Segment,
        INSIDE_LARGE => Place::InsideLarge,
        cached if cached >= CACHED => Place::Cached,
        large => Place::Large((large - LARGE) as usize * os::page_bytes()),
    }
}

/// True if `address` lies in a segment, or in a large mapping that the program has.
///
/// Large mappings need not end with the 4 MiB in which they end: the rest may be a stranger's.
pub(crate) fn owns(address: usize) -> bool {
    let own = address & !(SEGMENT_BYTES - 1);
    let mut start = own;
    loop {
        match look_up(start) {
            Place::Segment => return start == own,
            Place::Large(bytes) => return address - start < bytes,
            Place::InsideLarge => start = start.saturating_sub(SEGMENT_BYTES),
            Place::Foreign | Place::Cached => return false,
        }
    }
}

/// Bytes in the cached mapping that starts at `address`, if one does.
pub(crate) fn cached_bytes(address: usize) -> Option<usize> {
    let value = entry(address)?.load(Ordering::Relaxed).checked_sub(CACHED)?;
    Some((value - LARGE) as usize * os::page_bytes())
}

/// Marks the large mapping at `address`, which is the caller's, as cached or as live.
pub(crate) fn set_cached(address: usize, cached: bool) {
    if let Some(entry) = entry(address) {
        let value = entry.load(Ordering::Relaxed) & !CACHED;
        entry.store(if cached { value | CACHED } else { value }, Ordering::Relaxed);
    }
}

/// Enters a segment. False if there is no memory for the entry.
pub(crate) fn enter_segment(start: NonNull<u8>) -> bool {
    enter(start.addr().get(), SEGMENT)
}

/// Makes sure that a large mapping can be entered there. False if there is no memory for that, or if
/// the mapping is too long.
pub(crate) fn make_room(start: NonNull<u8>, bytes: usize) -> bool {
    let mut all = (0..bytes).step_by(SEGMENT_BYTES).map(|offset| start.addr().get() + offset);
    first_of(bytes).is_some() && all.all(|address| make_entry(address).is_some())
}

/// What the first entry of a large mapping says; `None` if it is too long for that, 8 TiB.
fn first_of(bytes: usize) -> Option<u32> {
    let pages = u32::try_from(bytes / os::page_bytes()).ok();
    pages.and_then(|pages| pages.checked_add(LARGE)).filter(|first| *first < CACHED)
}

/// Enters a large mapping, or enters it anew with another length.
pub(crate) fn enter_large(start: NonNull<u8>, bytes: usize) -> bool {
    let Some(first) = first_of(bytes) else { return false };
    let start = start.addr().get();
    // The tail first: without memory for it nothing says that there is a mapping.
    let inside = (SEGMENT_BYTES..bytes).step_by(SEGMENT_BYTES);
    let entered =
        inside.clone().all(|offset| enter(start + offset, INSIDE_LARGE)) && enter(start, first);
    if !entered {
        leave_large(start, bytes);
    }
    entered
}

/// Takes a large mapping out, or the part of it from `start` on.
pub(crate) fn leave_large(start: usize, bytes: usize) {
    for offset in (0..bytes).step_by(SEGMENT_BYTES) {
        if let Some(entry) = entry(start + offset) {
            entry.store(NOTHING, Ordering::Relaxed);
        }
    }
}

fn enter(address: usize, what: u32) -> bool {
    let entry = make_entry(address);
    if let Some(entry) = entry {
        entry.store(what, Ordering::Relaxed);
    }
    entry.is_some()
}

/// The entry of an address; its leaf is made if there is none.
fn make_entry(address: usize) -> Option<&'static AtomicU32> {
    // A leaf that came second is lost: 64 KiB of address space, never touched.
    let leaf = ROOT.get(root_index(address))?.fill(|| {
        let leaf = meta::alloc(size_of::<Leaf>())?.cast::<Leaf>();
        // SAFETY: a zeroed record of this size is a leaf, and records are never unmapped.
        Some(unsafe { leaf.as_ref() })
    });
    leaf?.get(index_in_leaf(address))
}

fn entry(address: usize) -> Option<&'static AtomicU32> {
    ROOT.get(root_index(address))?.get()?.get(index_in_leaf(address))
}

fn index_in_leaf(address: usize) -> usize {
    (address / SEGMENT_BYTES) % (1 << LEAF_BITS)
}

fn root_index(address: usize) -> usize {
    (address / SEGMENT_BYTES) >> LEAF_BITS
}
