//! `owns` tells this allocator's memory from all other.

use super::{POOL, layout};
use crate::common::POOLED;
use crate::common::block::Block;
use poolalloc::PoolAlloc;
use std::ptr;

static A_STATIC: [u8; 64] = [1; 64];

#[test]
fn blocks_of_every_size_are_ours_from_the_first_byte_to_the_last() {
    for size in [1, 64, 5000, 32 << 10, 40_000, 1 << 20, (1 << 20) + 1, 6 << 20] {
        let block = Block::alloc(&POOL, layout(size, 8), 1);
        let first = block.address().as_ptr();
        assert_eq!(PoolAlloc::owns(first), POOLED, "a live block of {size} bytes");
        let last = first.wrapping_add(size - 1);
        assert_eq!(PoolAlloc::owns(last), POOLED, "the last byte of a live block of {size} bytes");
        block.free();
    }
}

#[test]
fn memory_of_others_is_not_ours() {
    let on_stack = 1_u8;
    assert!(!PoolAlloc::owns(&raw const on_stack), "a local variable");
    assert!(!PoolAlloc::owns(A_STATIC.as_ptr()), "a static");
    assert!(!PoolAlloc::owns(memory_of_others_is_not_ours as *const u8), "a function");
    // This program runs on System: its boxes are not ours, whatever their size.
    for size in [16, 4096, 1 << 20, 64 << 20] {
        let from_system = vec![1_u8; size];
        assert!(!PoolAlloc::owns(from_system.as_ptr()), "{size} bytes of System");
    }
}

#[test]
fn addresses_where_nothing_can_be_are_not_ours() {
    for address in
        [0, 1, 8, 4095, 4096, 1 << 22, 1 << 47, (1 << 47) - 1, 1 << 63, usize::MAX - 1, usize::MAX]
    {
        assert!(!PoolAlloc::owns(ptr::without_provenance(address)), "the address {address:#x}");
    }
}
