//! `realloc` of a large block whose mapping the system does not let grow, shrink or move.
//!
//! Each test is a child of its own: what one may not call, none may, and no other test maps memory
//! meanwhile.

use super::{POOL, layout};
use crate::common::POOLED;
use crate::common::block::Block;
use crate::common::child::Child;
use poolalloc::PoolAlloc;
use std::fs;

/// From now on `mremap` fails with `error` in this process.
fn forbid_mremap(error: libc::c_int) {
    let number = u32::try_from(libc::SYS_mremap).expect("the number of a call");
    let error = u32::try_from(error).expect("an error is positive");
    // The number of the call stands first in what a filter sees.
    let mut filter = [
        (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, 0),
        (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 0, 1, number),
        (libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ERRNO | error),
        (libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ALLOW),
    ]
    .map(|(code, jt, jf, k)| libc::sock_filter {
        code: u16::try_from(code).expect("codes have 16 bits"),
        jt,
        jf,
        k,
    });
    let program = libc::sock_fprog { len: 4, filter: filter.as_mut_ptr() };
    // SAFETY: takes numbers.
    let promised = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
    assert_eq!(promised, 0, "a filter needs this promise");
    // SAFETY: `program` is a filter, which the system copies.
    let set =
        unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program) };
    assert_eq!(set, 0, "the system takes no filter: {}", std::io::Error::last_os_error());
}

/// Bytes of address space that this process has.
fn address_space_bytes() -> usize {
    let status = fs::read_to_string("/proc/self/status").expect("status reads");
    let size = status.lines().find_map(|line| line.strip_prefix("VmSize:")?.strip_suffix("kB"));
    size.and_then(|kib| kib.trim().parse::<usize>().ok()).expect("VmSize is a number") << 10
}

/// Grows and shrinks a large block, and frees it; every byte is checked at every step, and whose the
/// addresses are.
fn grow_shrink_and_free() {
    let mut block = Block::alloc(&POOL, layout(3 << 20, 8), 0);
    let sizes = [9, 27, 26, 7, 50, 2].map(|mib| (mib << 20) - 5000);
    for (tag, size) in (0..).zip(sizes) {
        let before = block.address().as_ptr();
        block = block.resize(size, tag, tag + 1);
        let now = block.address().as_ptr();
        assert_eq!(PoolAlloc::owns(now), POOLED, "a block of {size} bytes is lost");
        assert_eq!(PoolAlloc::owns(now.wrapping_add(block.usable_bytes() - 1)), POOLED);
        assert!(now == before || !PoolAlloc::owns(before), "the old place of {size} bytes is kept");
    }
    block.check(6);
    block.free();
    PoolAlloc::collect();
}

/// As `grow_shrink_and_free`, and nothing is left over.
fn nothing_is_lost() {
    let live = || (PoolAlloc::stats().large_mappings, PoolAlloc::stats().large_bytes);
    assert_eq!(live(), (0, 0), "this process is new");
    grow_shrink_and_free();
    assert_eq!(live(), (0, 0), "a mapping that was freed is counted");
    let before = address_space_bytes();
    (0..10).for_each(|_| grow_shrink_and_free());
    let grown = address_space_bytes().saturating_sub(before);
    assert!(grown < 50 << 20, "{grown} bytes of address space were lost in ten rounds");
}

#[test]
fn a_large_block_grows_and_shrinks_where_mremap_works() {
    Child::of("mremap::a_large_block_grows_and_shrinks_where_mremap_works")
        .run(nothing_is_lost)
        .assert_success();
}

#[test]
fn a_large_block_grows_and_shrinks_where_a_filter_forbids_mremap() {
    Child::of("mremap::a_large_block_grows_and_shrinks_where_a_filter_forbids_mremap")
        .run(|| {
            forbid_mremap(libc::EPERM);
            nothing_is_lost();
        })
        .assert_success();
}

#[test]
fn a_large_block_keeps_its_bytes_where_the_system_has_no_memory_for_mremap() {
    Child::of("mremap::a_large_block_keeps_its_bytes_where_the_system_has_no_memory_for_mremap")
        .run(|| {
            // The system may have unmapped the new place before it says so; whether it has cannot
            // be known, so address space may be lost here.
            forbid_mremap(libc::ENOMEM);
            (0..3).for_each(|_| grow_shrink_and_free());
            assert_eq!(PoolAlloc::stats().large_mappings, 0, "a mapping that was freed is counted");
        })
        .assert_success();
}

#[test]
fn a_large_block_that_finds_no_address_space_to_grow_stays_as_it_was() {
    const LIMIT_BYTES: u64 = 128 << 20;
    Child::of("mremap::a_large_block_that_finds_no_address_space_to_grow_stays_as_it_was")
        .with_address_space(LIMIT_BYTES)
        .run(|| {
            for round in 0..5 {
                let block = Block::alloc(&POOL, layout(10 << 20, 8), 0).resize(40 << 20, 0, 1);
                let (start, layout) = (block.address().as_ptr(), block.layout());
                for mib in [130, 200] {
                    // SAFETY: live with its layout; the new size is not zero.
                    let moved = unsafe {
                        std::alloc::GlobalAlloc::realloc(&POOL, start, layout, mib << 20)
                    };
                    assert!(moved.is_null(), "round {round}: {mib} MiB of 128 were to be had");
                    block.check(1);
                    assert_eq!(PoolAlloc::owns(start), POOLED, "round {round}: the block is lost");
                }
                block.free();
                PoolAlloc::collect();
            }
        })
        .assert_success();
}
