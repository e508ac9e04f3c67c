//! Memory for the allocator's own records: handed out in order, zeroed, never given back.
//!
//! Heaps, arenas and the leaves of the segment map are found by threads that have no right to
//! them, so their memory stays for the life of the process.

use crate::sync::{AtomicPtr, AtomicUsize, Ordering};
use core::ptr::NonNull;

/// Bytes in a chunk; larger requests get a mapping of their own.
const CHUNK_BYTES: usize = 256 << 10;
/// Alignment of every record, in bytes: two cache lines, which some processors fetch at once.
const ALIGN: usize = 128;

/// The start of a chunk.
struct Chunk {
    /// Bytes handed out, this header included; may run past the end.
    used: AtomicUsize,
}

static CHUNK: AtomicPtr<Chunk> = AtomicPtr::new(core::ptr::null_mut());

/// `bytes` of zeroed memory at a multiple of 128, for ever. `None`: the system has no more.
pub(crate) fn alloc(bytes: usize) -> Option<NonNull<u8>> {
    let bytes = bytes.next_multiple_of(ALIGN);
    if bytes > CHUNK_BYTES / 4 {
        return map(bytes);
    }
    loop {
        // Acquire: the header of the chunk. Pairs with: Release below.
        let current = CHUNK.load(Ordering::Acquire);
        if let Some(chunk) = NonNull::new(current) {
            // SAFETY: chunks are never unmapped.
            let used = unsafe { &chunk.as_ref().used };
            // Relaxed: the bytes between two values belong to one caller, and are fresh.
            let start = used.fetch_add(bytes, Ordering::Relaxed);
            if start + bytes <= CHUNK_BYTES {
                // SAFETY: inside of the chunk, as just checked.
                return Some(unsafe { chunk.cast::<u8>().add(start) });
            }
        }
        let fresh = map(CHUNK_BYTES)?.cast::<Chunk>();
        // SAFETY: mapped just now, large enough, and nobody else knows it.
        unsafe { fresh.write(Chunk { used: AtomicUsize::new(ALIGN) }) };
        // Release: publishes the header. Pairs with: Acquire above. If another thread was
        // first, this chunk is used next time round only by losing: it goes back.
        let order = (Ordering::Release, Ordering::Relaxed);
        if CHUNK.compare_exchange(current, fresh.as_ptr(), order.0, order.1).is_err() {
            // SAFETY: mapped above, and nobody else knows it.
            unsafe { super::os::release(fresh.cast(), CHUNK_BYTES) };
        }
    }
}

fn map(bytes: usize) -> Option<NonNull<u8>> {
    let mut mapping = memmap2::MmapMut::map_anon(bytes).ok()?;
    let start = NonNull::new(mapping.as_mut_ptr());
    core::mem::forget(mapping);
    start
}
