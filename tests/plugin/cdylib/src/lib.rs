//! A plug-in whose every allocation goes to its own copy of `PoolAlloc`.
//!
//! It has no thread-local with a destructor: those would keep it loaded, whatever the allocator
//! does.

use poolalloc::PoolAlloc;
use std::sync::Mutex;

#[global_allocator]
static GLOBAL: PoolAlloc = PoolAlloc::new();

type Batch = Vec<Box<[u8]>>;

/// What the threads of the host leave here for each other.
static LEFT: Mutex<Vec<Batch>> = Mutex::new(Vec::new());

fn batch(seed: u64) -> Batch {
    (0..60_u32)
        .map(|step| vec![seed.to_le_bytes()[0]; 3 << (step % 15)].into_boxed_slice())
        .collect()
}

/// Allocates, frees what an earlier call left, leaves some; the number of bytes seen that were not
/// as left.
#[unsafe(no_mangle)]
pub extern "C" fn plugin_work(seed: u64) -> u64 {
    let mut faults = 0;
    for round in 0..50 {
        let fresh = batch(seed + round);
        let mut left = LEFT.lock().expect("no caller panics");
        left.push(fresh);
        let old = if left.len() > 8 { Some(left.swap_remove(0)) } else { None };
        drop(left);
        for bytes in old.into_iter().flatten() {
            faults += bytes.iter().filter(|byte| **byte != bytes[0]).count() as u64;
        }
    }
    faults
}

/// A block of the plug-in's, for [`plugin_free`].
#[unsafe(no_mangle)]
pub extern "C" fn plugin_alloc(seed: u64) -> *mut Batch {
    Box::into_raw(Box::new(batch(seed)))
}

/// Frees what [`plugin_alloc`] gave, on any thread.
///
/// # Safety
///
/// `block` came from [`plugin_alloc`] of the same plug-in, and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn plugin_free(block: *mut Batch) {
    // SAFETY: the caller's promise.
    drop(unsafe { Box::from_raw(block) });
}
