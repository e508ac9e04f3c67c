//! What the system refuses: `clone` and `madvise`, by a filter of system calls.

use crate::{
    LONG, alone,
    common::peak::{
        MIB, are_intact, blocks, bursts, provoke_scavenger, scavengers, wait_for_its_end,
    },
};
use poolalloc::PoolAlloc;
use std::{hint, thread, time::Duration};

/// From now on these system calls fail with `EPERM`. False if the system has no such filters.
#[expect(clippy::cast_possible_truncation, reason = "numbers of the system, all small")]
fn forbid(calls: &[libc::c_long]) -> bool {
    const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
    const EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
    const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
    let step = |code, jt, k| libc::sock_filter { code, jt, jf: 0, k };
    // The number of the call lies at 0.
    let mut filter = vec![step(LOAD, 0, 0)];
    for (index, call) in calls.iter().enumerate() {
        // Over the tests that are left, and over the answer "allowed".
        let over = u8::try_from(calls.len() - index).expect("a few calls");
        filter.push(step(EQUAL, over, u32::try_from(*call).expect("a small number")));
    }
    filter.push(step(RETURN, 0, libc::SECCOMP_RET_ALLOW));
    filter.push(step(RETURN, 0, libc::SECCOMP_RET_ERRNO | libc::EPERM as u32));
    let program = libc::sock_fprog { len: filter.len() as u16, filter: filter.as_mut_ptr() };
    let (set, on, off) = (libc::PR_SET_NO_NEW_PRIVS, 1_u64, 0_u64);
    // SAFETY: sets a flag of this thread.
    let flagged = unsafe { libc::prctl(set, on, off, off, off) };
    // SAFETY: the program and its steps are there during the call, which copies them.
    let filtered = unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            libc::SECCOMP_FILTER_FLAG_TSYNC,
            &raw const program,
        )
    };
    flagged == 0 && filtered == 0
}

#[test]
fn where_threads_are_forbidden_the_program_goes_on_without_and_slow_paths_purge() {
    alone("where_threads_are_forbidden_the_program_goes_on_without_and_slow_paths_purge", || {
        if !forbid(&[libc::SYS_clone, libc::SYS_clone3]) {
            return println!("SKIPPED: no filters of system calls here");
        }
        assert!(thread::Builder::new().spawn(|| ()).is_err(), "threads are not forbidden");
        let (kept, _) = bursts(1, 32 * MIB);
        thread::sleep(Duration::from_millis(700));
        assert!(scavengers().is_empty(), "a thread that was forbidden");
        // Slow paths go on to look, as without a scavenger.
        let committed = || PoolAlloc::stats().committed_bytes;
        drop(hint::black_box(blocks(1, 64 * MIB)));
        let (before, start) = (committed(), std::time::Instant::now());
        while committed() > before / 2 {
            assert!(start.elapsed() < LONG, "nobody gives memory back");
            drop(hint::black_box(vec![1_u8; 300 << 10]));
            thread::sleep(Duration::from_millis(10));
        }
        assert!(are_intact(&kept), "a live block changed");
    });
}

#[test]
fn where_the_system_takes_no_memory_back_the_scavenger_ends_and_nothing_is_lost() {
    alone("where_the_system_takes_no_memory_back_the_scavenger_ends_and_nothing_is_lost", || {
        if !forbid(&[libc::SYS_madvise]) {
            return println!("SKIPPED: no filters of system calls here");
        }
        let (kept, _) = bursts(1, 32 * MIB);
        provoke_scavenger();
        wait_for_its_end();
        PoolAlloc::collect();
        let again = blocks(2, 32 * MIB);
        assert!(are_intact(&kept) && are_intact(&again), "a live block changed");
    });
}
