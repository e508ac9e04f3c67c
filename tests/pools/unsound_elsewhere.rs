//! The programs that break memory in the crates that these pools replace, in the API of this one.
//!
//! Some of them do not compile here: those are in `tests/refused`. The rest run, here and, as
//! `tests/sanitize`, under AddressSanitizer and ThreadSanitizer.

#[path = "unsound_elsewhere/programs.rs"]
mod programs;

use std::thread;

fn in_threads(count: usize, work: impl Fn(usize) + Sync) {
    thread::scope(|scope| {
        for thread in 0..count {
            let work = &work;
            scope.spawn(move || work(thread));
        }
    });
}

#[test]
fn poolshark_hasher() {
    programs::a_hasher_stays_with_maps_of_its_own_type();
}

#[test]
fn poolshark_zst() {
    programs::maps_with_a_zero_sized_key_have_a_pool_of_their_own();
}

#[test]
fn poolshark_leak() {
    programs::a_shared_object_is_not_lost_while_others_hold_it();
}

#[test]
fn nexus_reset() {
    programs::reset_is_entered_again_by_a_guard_in_the_object();
}

#[test]
fn nexus_sync() {
    programs::two_threads_never_hold_one_object();
}

#[test]
fn lock_pool_cancel() {
    programs::a_cancelled_wait_leaves_nothing_behind();
}

#[test]
fn lock_pool_hang() {
    programs::no_waiter_sleeps_while_an_object_is_free();
}

#[test]
fn lock_pool_sync() {
    programs::what_may_not_be_sent_is_in_a_local_pool();
}

#[test]
fn syncpool_leak() {
    programs::a_dropped_pool_gives_all_its_objects_back();
}

#[test]
fn syncpool_make_box() {
    programs::a_place_that_was_not_filled_is_noticed();
}
