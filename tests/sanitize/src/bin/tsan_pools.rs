//! Threads that share pools, and those programs that broke memory in other pools where threads are in
//! it: ThreadSanitizer has nothing to say about them.
//!
//! Not with `PoolAlloc`: what it does to hand a block from thread to thread would be an order that a
//! pool may lack elsewhere.

use sanitize::{pools, threads::in_threads};

#[allow(dead_code, reason = "the rest is for one thread")]
#[path = "../../../pools/unsound_elsewhere/programs.rs"]
mod programs;

fn main() {
    pools::objects_go_round();
    pools::recycled_objects_go_round();
    pools::a_visitor_looks_at_all_that_is_idle();
    pools::waiters_are_served();
    pools::threads_that_end_leave_their_objects();
    pools::pools_go_round();
    pools::a_pool_goes_while_others_use_it();
    pools::the_last_holder_returns_a_shared_object();
    programs::a_shared_object_is_not_lost_while_others_hold_it();
    programs::two_threads_never_hold_one_object();
    programs::no_waiter_sleeps_while_an_object_is_free();
    programs::what_may_not_be_sent_is_in_a_local_pool();
    println!("no object was lost, and none had two holders");
}
