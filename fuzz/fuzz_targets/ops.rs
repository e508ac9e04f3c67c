//! Any bytes are a program of allocations on four threads; it must keep the blocks apart, as
//! `tests/model.rs` demands of random ones.
//!
//! A finding is replayed there: `ops::decode(&[…])` makes the program of its bytes.
#![no_main]

#[path = "../../tests/common/mod.rs"]
mod common;

use common::{ops, program};
use libfuzzer_sys::fuzz_target;
use poolalloc::PoolAlloc;

static POOL: PoolAlloc = PoolAlloc::new();

fuzz_target!(|bytes: &[u8]| {
    let before = PoolAlloc::stats().allocated_bytes;
    program::run_in_lock_step(&POOL, &ops::decode(bytes));
    let after = PoolAlloc::stats().allocated_bytes;
    assert_eq!(after, before, "all is freed, but not by the count of bytes");
});
