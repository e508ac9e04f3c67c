//! What broke memory in other pools, in this crate's: AddressSanitizer has nothing to say about it.

use poolalloc::PoolAlloc;
use sanitize::threads::in_threads;
use std::panic;

#[path = "../../../pools/unsound_elsewhere/programs.rs"]
mod programs;

#[global_allocator]
static ALLOC: PoolAlloc = PoolAlloc::new();

fn main() {
    programs::a_hasher_stays_with_maps_of_its_own_type();
    programs::maps_with_a_zero_sized_key_have_a_pool_of_their_own();
    programs::a_shared_object_is_not_lost_while_others_hold_it();
    programs::reset_is_entered_again_by_a_guard_in_the_object();
    programs::two_threads_never_hold_one_object();
    programs::a_cancelled_wait_leaves_nothing_behind();
    programs::no_waiter_sleeps_while_an_object_is_free();
    programs::what_may_not_be_sent_is_in_a_local_pool();
    programs::a_dropped_pool_gives_all_its_objects_back();
    // It panics, as it should; what a panic prints would look like a failure.
    let print = panic::take_hook();
    panic::set_hook(Box::new(|_| ()));
    programs::a_place_that_was_not_filled_is_noticed();
    panic::set_hook(print);
    println!("all objects whole");
}
