//! A program without a memory error: AddressSanitizer has nothing to say about it.

use allocator_api2::alloc::Allocator;
use poolalloc::PoolAlloc;
use std::alloc::{GlobalAlloc, Layout};

#[path = "../../../profiles/src/work.rs"]
mod work;

#[global_allocator]
static ALLOC: PoolAlloc = PoolAlloc::new();

fn main() {
    work::all();
    PoolAlloc::collect();
    work::all();
    whole_blocks_may_be_used();
    blocks_of_memory_that_came_back_zero_are_not_poisoned();
    println!("all answers right");
}

/// Writes all of a block that is longer than was asked for, and was free before.
fn whole_blocks_may_be_used() {
    let layout = Layout::array::<u8>(130).expect("a layout");
    for _ in 0..3 {
        let block = ALLOC.allocate(layout).expect("memory");
        // SAFETY: the block is as long as it says.
        unsafe { block.cast::<u8>().write_bytes(1, block.len()) };
        // SAFETY: it came from here.
        unsafe { ALLOC.deallocate(block.cast(), layout) };

        // SAFETY: the size is not 0.
        let block = unsafe { ALLOC.alloc(layout) };
        assert!(!block.is_null(), "no memory");
        // SAFETY: it came from here.
        let bytes = unsafe { ALLOC.usable_size(block, layout) };
        // SAFETY: so many bytes may be used.
        unsafe { block.write_bytes(2, bytes) };
        // SAFETY: it came from here.
        unsafe { ALLOC.dealloc(block, layout) };
    }
}

/// Asks for zeroed blocks, more than a magazine holds, where freed ones lay and the system took the
/// pages back: the allocator writes to them before the program gets them.
fn blocks_of_memory_that_came_back_zero_are_not_poisoned() {
    let layout = Layout::array::<u8>(3000).expect("a layout");
    for _ in 0..3 {
        // SAFETY: the size is not 0.
        let blocks: Vec<_> = (0..200).map(|_| unsafe { ALLOC.alloc_zeroed(layout) }).collect();
        for block in blocks {
            // SAFETY: a live block of 3000 bytes, all of which are zero.
            let bytes = unsafe { std::slice::from_raw_parts(block, layout.size()) };
            assert!(bytes.iter().all(|&byte| byte == 0), "a zeroed block is not zero");
            // SAFETY: it came from here.
            unsafe { ALLOC.dealloc(block, layout) };
        }
        PoolAlloc::collect();
    }
}
