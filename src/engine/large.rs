//! Large blocks: a mapping each, from a multiple of 4 MiB on, so that the segment map knows them.
//!
//! Freed mappings go through a cache that is bounded in bytes and purged by age. Blocks grow by
//! moving pages, not bytes.

use crate::{
    config::{LARGE_CACHE_BYTES, LARGE_CACHE_ENTRIES, SEGMENT_BYTES},
    engine::{
        limit,
        map::{self, Place},
        misuse::{self, Fault},
        os, watch,
    },
    protocol::slots::Slots,
    sync::{AtomicBool, AtomicUsize, Ordering},
};
use core::{alloc::Layout, ptr::NonNull};

static CACHE: Slots<LARGE_CACHE_ENTRIES> = Slots::new();
/// Per slot: the mapping was there at the last purge.
static AGED: [AtomicBool; LARGE_CACHE_ENTRIES] =
    [const { AtomicBool::new(false) }; LARGE_CACHE_ENTRIES];
/// Bytes in the cache.
static CACHED_BYTES: AtomicUsize = AtomicUsize::new(0);
/// Mappings that the program holds, and their bytes. Relaxed: numbers for stats.
static LIVE: AtomicUsize = AtomicUsize::new(0);
static LIVE_BYTES: AtomicUsize = AtomicUsize::new(0);
const R: Ordering = Ordering::Relaxed;

/// A mapping in the cache serves requests down to a fourth of its size; under a limit only of its own,
/// as what is beyond the request counts.
const OVERSIZE: usize = 4;

/// Large blocks right now: live mappings, their bytes, bytes in the cache.
pub(crate) fn counts() -> (usize, usize, usize) {
    (LIVE.load(R), LIVE_BYTES.load(R), CACHED_BYTES.load(R))
}

/// Allocates a block; also says whether it is zero. `None`: out of memory.
pub(crate) fn alloc(layout: Layout) -> Option<(NonNull<u8>, bool)> {
    let bytes = mapping_bytes(layout.size())?;
    if layout.align() <= SEGMENT_BYTES
        && let Some(start) = take_cached(bytes)
    {
        return Some((start, false));
    }
    if !limit::charge(bytes) {
        return None;
    }
    let Some(start) = map_fresh(bytes, layout.align().max(SEGMENT_BYTES)) else {
        limit::uncharge(bytes);
        return None;
    };
    count(bytes);
    Some((start, true))
}

/// A mapping that the map knows.
fn map_fresh(bytes: usize, align: usize) -> Option<NonNull<u8>> {
    let start = os::map(bytes, align)?;
    if map::enter_large(start, bytes) {
        return Some(start);
    }
    // SAFETY: mapped just now, used by nobody.
    unsafe { os::release(start, bytes) };
    None
}

/// Frees a block.
pub(crate) fn free(start: NonNull<u8>) {
    let address = start.addr().get();
    let bytes = match map::look_up(address) {
        Place::Large(bytes) if address.is_multiple_of(SEGMENT_BYTES) => bytes,
        Place::Cached => misuse::abort(Fault::DoubleFree, address),
        Place::Segment => misuse::abort(Fault::WrongLayout, address),
        Place::Large(_) | Place::InsideLarge | Place::Foreign => {
            misuse::abort(Fault::NotOurs, address)
        }
    };
    LIVE.fetch_sub(1, R);
    LIVE_BYTES.fetch_sub(bytes, R);
    if bytes > LARGE_CACHE_BYTES / 2 || CACHED_BYTES.load(R) + bytes > LARGE_CACHE_BYTES {
        return unmap(start, bytes);
    }
    CACHED_BYTES.fetch_add(bytes, R);
    map::set_cached(address, true);
    match CACHE.leave(address) {
        Some(slot) => {
            if let Some(aged) = AGED.get(slot) {
                aged.store(false, R);
            }
            watch::tell(bytes);
        }
        None => {
            CACHED_BYTES.fetch_sub(bytes, R);
            unmap(start, bytes);
        }
    }
}

/// Bytes in the mapping of a block.
pub(crate) fn usable_bytes(start: *mut u8) -> Option<usize> {
    match map::look_up(start.addr()) {
        Place::Large(bytes) => Some(bytes),
        _ => None,
    }
}

/// Changes the size of a block; its pages move if they have to. `None`: nothing changed.
///
/// * `layout`: with the old size; the alignment holds for the new place too.
///
/// # Safety
///
/// `start` is a live block with this layout.
pub(crate) unsafe fn resize(
    start: NonNull<u8>,
    layout: Layout,
    new_size: usize,
) -> Option<NonNull<u8>> {
    let (old, new) = (usable_bytes(start.as_ptr())?, mapping_bytes(new_size)?);
    // A block that grows fills its mapping first; one that shrinks gives back what is worth a call.
    if new <= old && (new_size >= layout.size() || old - new <= old / 4) {
        return Some(start);
    }
    if new < old {
        // The map first: what is cut off may be another mapping's a moment later.
        let kept = new.next_multiple_of(SEGMENT_BYTES);
        map::leave_large(start.addr().get() + kept, old.saturating_sub(kept));
        // SAFETY: the tail is not used any more.
        if unsafe { os::resize(start, old, new) } {
            map::enter_large(start, new);
            LIVE_BYTES.fetch_sub(old - new, R);
            limit::uncharge(old - new);
        } else {
            map::enter_large(start, old);
        }
        return Some(start);
    }
    if layout.align() <= SEGMENT_BYTES
        && let Some(warm) = take_cached(new)
    {
        // Memory that is there beats memory that has to be zeroed, page by page.
        // SAFETY: both blocks are live, and the new one is larger.
        unsafe { start.copy_to_nonoverlapping(warm, layout.size()) };
        free(start);
        return Some(warm);
    }
    if !limit::charge(new - old) {
        return None;
    }
    // SAFETY: the caller's promise; `new` is larger.
    let grown = unsafe { grow(start, layout.align(), old, new) };
    if grown.is_some() {
        LIVE_BYTES.fetch_add(new - old, R);
    } else {
        limit::uncharge(new - old);
    }
    grown
}

/// Makes a mapping longer, where it stands or at another place. `None`: nothing changed.
///
/// # Safety
///
/// `start` is a live block in a mapping of `old` bytes, and not used again if it moves; `new` is more.
unsafe fn grow(start: NonNull<u8>, align: usize, old: usize, new: usize) -> Option<NonNull<u8>> {
    // SAFETY: the mapping is the block's own.
    if unsafe { os::resize(start, old, new) } {
        if map::enter_large(start, new) {
            return Some(start);
        }
        // SAFETY: the part that was added is not in use.
        unsafe { os::resize(start, new, old) };
        map::enter_large(start, old);
        return None;
    }
    if os::address_limit().is_some() {
        // The kernel counts the old place, the new one and the growth at once. To copy takes less.
        return None;
    }
    let target = os::reserve(new, align.max(SEGMENT_BYTES))?;
    if !map::make_room(target, new) {
        // SAFETY: reserved above, used by nobody.
        unsafe { os::release(target, new) };
        return None;
    }
    // Each place is in the map only while it is the block's for sure: the old one leaves before it
    // is anybody else's, the new one, which a refusal may give away, comes in after the move.
    map::leave_large(start.addr().get(), old);
    // SAFETY: the block moves, and its old place is not used again.
    let (now, bytes) =
        if unsafe { os::remap(start, old, target, new) } { (target, new) } else { (start, old) };
    let entered = map::enter_large(now, bytes);
    debug_assert!(entered, "there is room in the map for both places");
    (now == target).then_some(target)
}

/// In the child of a fork: counts the cache anew. A vanished thread may have had a mapping in hand.
pub(crate) fn recount() {
    CACHED_BYTES.store(CACHE.iter().filter_map(map::cached_bytes).sum(), R);
}

/// Gives cached mappings back: those that were there at the last call, or all. Returns how many are
/// left for the next one.
pub(crate) fn purge(all: bool) -> usize {
    let aged = |slot: usize| AGED.get(slot).is_some_and(|aged| aged.load(R));
    while let Some(address) = CACHE.take(|slot, _| all || aged(slot)) {
        if let (Some(start), Some(bytes)) = (
            NonNull::new(core::ptr::with_exposed_provenance_mut(address)),
            map::cached_bytes(address),
        ) {
            CACHED_BYTES.fetch_sub(bytes, R);
            unmap(start, bytes);
        }
    }
    for aged in &AGED {
        aged.store(true, R);
    }
    CACHE.iter().count()
}

/// Takes a cached mapping of `bytes` or more, up to [`OVERSIZE`] times: it is backed by memory
/// already, and a block that grows will fill it.
fn take_cached(bytes: usize) -> Option<NonNull<u8>> {
    let oversize = if limit::is_set() { 1 } else { OVERSIZE };
    let fits = |address| {
        map::cached_bytes(address)
            .is_some_and(|cached| cached >= bytes && cached / oversize <= bytes)
    };
    let address = CACHE.take(|_, address| fits(address))?;
    let (start, cached) = (
        NonNull::new(core::ptr::with_exposed_provenance_mut::<u8>(address))?,
        map::cached_bytes(address)?,
    );
    CACHED_BYTES.fetch_sub(cached, R);
    if cached < bytes {
        // S1: another mapping than the one that was judged.
        unmap(start, cached);
        return None;
    }
    map::set_cached(address, false);
    count(cached);
    Some(start)
}

fn unmap(start: NonNull<u8>, bytes: usize) {
    map::leave_large(start.addr().get(), bytes);
    // SAFETY: the block was freed; the map does not know it any more.
    unsafe { os::release(start, bytes) };
    limit::uncharge(bytes);
}

fn count(bytes: usize) {
    LIVE.fetch_add(1, R);
    LIVE_BYTES.fetch_add(bytes, R);
}

/// Bytes in the mapping for a request of `size` bytes.
pub(crate) fn mapping_bytes(size: usize) -> Option<usize> {
    size.checked_next_multiple_of(os::page_bytes()).filter(|bytes| *bytes <= isize::MAX as usize)
}
