//! Memory for the allocator's own records: handed out in order, zeroed, never given back.
//!
//! Heaps, arenas and the leaves of the segment map are found by threads that have no right to
//! them, so their memory stays for the life of the process.

use crate::{
    engine::{limit, os},
    protocol::bump::{ALIGN, Bump, Source},
};
use core::ptr::NonNull;

/// Bytes in a chunk; larger requests get a mapping of their own.
const CHUNK_BYTES: usize = 256 << 10;

static RECORDS: Bump = Bump::new();

/// `bytes` of zeroed memory at a multiple of 128, for ever. `None`: the system has no more, or the
/// limit no room.
pub(crate) fn alloc(bytes: usize) -> Option<NonNull<u8>> {
    let bytes = bytes.next_multiple_of(ALIGN);
    if bytes > CHUNK_BYTES / 4 {
        return map(bytes);
    }
    RECORDS.take(bytes, &Chunks)
}

/// Chunks from the system.
struct Chunks;

// SAFETY: `map` makes anonymous mappings of `BYTES`, which are zeroed and lie at page boundaries.
unsafe impl Source for Chunks {
    const BYTES: usize = CHUNK_BYTES;

    fn map(&self) -> Option<NonNull<u8>> {
        map(CHUNK_BYTES)
    }

    unsafe fn unmap(&self, chunk: NonNull<u8>) {
        // SAFETY: a mapping of this size that is not used again, by the caller's promise.
        unsafe { os::release(chunk, CHUNK_BYTES) };
        limit::uncharge(CHUNK_BYTES);
    }
}

fn map(bytes: usize) -> Option<NonNull<u8>> {
    if !limit::charge(bytes) {
        return None;
    }
    let Ok(mut mapping) = os::with_errno_kept(|| memmap2::MmapMut::map_anon(bytes)) else {
        limit::uncharge(bytes);
        return None;
    };
    let start = NonNull::new(mapping.as_mut_ptr());
    core::mem::forget(mapping);
    start
}
