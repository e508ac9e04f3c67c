//! Loom models: `World<slabs, blocks, publish_at>`, and a few threads in it.
//!
//! Loom looks at an interleaving of a read-modify-write with the last access to that location
//! only, so a pusher's own load hides others from its CAS. A model that waits for something
//! therefore does so in a loop with `yield_now`.

use super::*;
use loom::thread;
use std::boxed::Box;

/// Runs `f` in a fresh world in every order of its threads, all of which `f` joins.
fn model<const SLABS: usize, const BLOCKS: usize, const PUBLISH_AT: u16>(
    f: fn(&'static World<SLABS, BLOCKS, PUBLISH_AT>),
) {
    model_in(World::new, f);
}

/// As [`model`], in such a world.
fn model_in<const SLABS: usize, const BLOCKS: usize, const PUBLISH_AT: u16>(
    world: fn() -> World<SLABS, BLOCKS, PUBLISH_AT>,
    f: fn(&'static World<SLABS, BLOCKS, PUBLISH_AT>),
) {
    loom::model(move || {
        let world = Box::into_raw(Box::new(world()));
        // SAFETY: allocated just now, and freed only after `f`.
        f(unsafe { &*world });
        // SAFETY: came from a box; `f` joined its threads and returned, so nobody uses it.
        drop(unsafe { Box::from_raw(world) });
    });
}

#[test]
fn two_pushers_and_a_draining_lessee_lose_no_block() {
    model(|w: &World<1, 3, 9>| {
        let (mut lease, mut blocks) = w.open_full();
        let one = blocks.pop().unwrap();
        let one = thread::spawn(move || w.push_one(one));
        let two = thread::spawn(move || w.push_all(blocks));
        let mut held = Vec::new();
        while held.len() < 3 {
            match w.alloc(&mut lease) {
                Some(block) => {
                    block.write(5);
                    held.push(block);
                }
                None => thread::yield_now(),
            }
        }
        one.join().unwrap();
        two.join().unwrap();
        w.audit(&held, &[lease]);
    });
}

#[test]
fn a_push_during_detach_is_neither_lost_nor_left_unfindable() {
    model(|w: &World<1, 3, 2>| {
        let (lease, mut blocks) = w.open_full();
        let held = [blocks.pop().unwrap()];
        let pusher = thread::spawn(move || w.push_all(blocks));
        lease.detach(w);
        pusher.join().unwrap();
        w.audit(&held, &[]);
    });
}

#[test]
fn an_exhausted_slab_is_let_go_or_keeps_the_block_that_came_back() {
    model(|w: &World<1, 3, 2>| {
        let (lease, mut held) = w.open_full();
        let back = held.pop().unwrap();
        let pusher = thread::spawn(move || w.push_one(back));
        let kept = lease.detach_exhausted();
        let mut leases = Vec::new();
        if let Err(mut lease) = kept {
            held.push(w.alloc(&mut lease).expect("D1: kept for no block"));
            leases.push(lease);
        }
        pusher.join().unwrap();
        w.audit(&held, &leases);
    });
}

#[test]
fn detach_and_two_last_pushes_release_the_slice_exactly_once() {
    model(|w: &World<1, 3, 2>| {
        let (mut lease, mut blocks) = w.open_full();
        w.free(&mut lease, blocks.pop().unwrap());
        let (one, two) = (blocks.pop().unwrap(), blocks.pop().unwrap());
        let one = thread::spawn(move || w.push_one(one));
        let two = thread::spawn(move || w.push_one(two));
        lease.detach(w);
        one.join().unwrap();
        two.join().unwrap();
        assert!(w.is_all_released(), "W5: not released");
        w.audit(&[], &[]);
    });
}

#[test]
fn an_exiting_thread_leaves_its_private_and_uncarved_blocks_to_the_next_lessee() {
    model(|w: &World<1, 4, 2>| {
        let mut lease = w.open(0).unwrap();
        let [a, b, c] = core::array::from_fn(|_| w.alloc(&mut lease).unwrap());
        w.free(&mut lease, b);
        w.free(&mut lease, c);
        let exiting = thread::spawn(move || lease.detach(w));
        let mut leases: Vec<_> = w.claim(0).into_iter().collect();
        let mut held = Vec::from([a]);
        if let Some(lease) = leases.first_mut() {
            held.extend(w.alloc(lease));
            held.iter().for_each(|block| block.write(5));
        }
        exiting.join().unwrap();
        if leases.is_empty() {
            leases.push(w.claim(0).expect("W7: a partial slab cannot be found"));
        }
        let uncarved = w.alloc_zeroed(&mut leases[0]);
        held.push(uncarved.expect("W2: the carve mark did not come with line 0"));
        w.audit(&held, &leases);
    });
}

#[test]
fn a_pusher_that_publishes_an_exiting_threads_slab_hands_line_0_to_the_claimer() {
    model(|w: &World<1, 3, 1>| {
        let (mut lease, mut blocks) = w.open_full();
        let (held, back) = (blocks.pop().unwrap(), blocks.pop().unwrap());
        let exiting = thread::spawn(move || {
            w.free(&mut lease, blocks.pop().unwrap());
            lease.detach(w);
        });
        let pusher = thread::spawn(move || w.push_one(back));
        let mut leases: Vec<_> = w.claim(0).into_iter().collect();
        exiting.join().unwrap();
        pusher.join().unwrap();
        leases.extend(w.claim(0));
        assert_eq!(leases.len(), 1, "W3: a slab has two lessees, or a token is lost");
        w.audit(&[held], &leases);
    });
}

/// Two of three blocks of a PARTIAL slab, which is nobody's.
fn partial(w: &World<1, 3, 1>) -> Vec<Held> {
    let mut blocks = w.open_and_detach();
    w.push_one(blocks.pop().unwrap());
    blocks
}

#[test]
fn the_last_push_and_a_claim_agree_on_who_gets_the_slab() {
    model(|w: &World<1, 3, 1>| {
        let blocks = partial(w);
        let pusher = thread::spawn(move || w.push_all(blocks));
        let mut leases: Vec<_> = w.claim(0).into_iter().collect();
        let mut held = Vec::new();
        if let Some(lease) = leases.first_mut() {
            held.extend(w.alloc(lease));
            held.iter().for_each(|block| block.write(5));
        }
        pusher.join().unwrap();
        assert_ne!(w.is_all_released(), leases.len() == 1, "W5: both or none have the slab");
        w.audit(&held, &leases);
    });
}

#[test]
fn one_of_two_claimers_wins_while_blocks_come_back() {
    model(|w: &World<1, 3, 1>| {
        let mut blocks = partial(w);
        let back = blocks.pop().unwrap();
        let pusher = thread::spawn(move || w.push_one(back));
        let other = thread::spawn(move || w.claim(0));
        let mut leases: Vec<_> = w.claim(0).into_iter().collect();
        leases.extend(other.join().unwrap());
        pusher.join().unwrap();
        assert_eq!(leases.len(), 1, "W3: a slab has two lessees, or a token is lost");
        blocks.extend([w.alloc(&mut leases[0]).unwrap(), w.alloc(&mut leases[0]).unwrap()]);
        w.audit(&blocks, &leases);
    });
}

#[test]
fn two_pushers_publish_once_and_release_once() {
    model(|w: &World<1, 3, 1>| {
        let mut blocks = w.open_and_detach();
        let one = blocks.pop().unwrap();
        let one = thread::spawn(move || w.push_one(one));
        w.push_all(blocks);
        one.join().unwrap();
        assert!(w.is_all_released(), "W5: everything is back and the slice is not free");
        w.audit(&[], &[]);
    });
}

#[test]
fn pushers_that_publish_and_fill_race_with_a_claim() {
    model(|w: &World<1, 2, 1>| {
        let mut blocks = w.open_and_detach();
        let (one, two) = (blocks.pop().unwrap(), blocks.pop().unwrap());
        let one = thread::spawn(move || w.push_one(one));
        let two = thread::spawn(move || w.push_one(two));
        let leases: Vec<_> = w.claim(0).into_iter().collect();
        one.join().unwrap();
        two.join().unwrap();
        assert_ne!(w.is_all_released(), leases.len() == 1, "W5: both or none have the slab");
        w.audit(&[], &leases);
    });
}

#[test]
fn a_last_push_that_lost_the_token_notices_that_the_slab_came_round_again() {
    model(|w: &World<1, 2, 1>| {
        let mut blocks = w.open_and_detach();
        w.push_one(blocks.pop().unwrap());
        let last = blocks.pop().unwrap();
        let pusher = thread::spawn(move || w.push_one(last));
        if let Some(mut lease) = w.claim(0) {
            // The same block goes out and comes back: the word looks as it did, but for `gen`.
            let block = w.alloc(&mut lease).unwrap();
            lease.detach(w);
            w.push_one(block);
        }
        pusher.join().unwrap();
        assert!(w.is_all_released(), "W5: everything is back and the slice is not free");
        w.audit(&[], &[]);
    });
}

#[test]
fn a_third_thread_reuses_what_a_consumer_freed_although_the_producer_never_calls_again() {
    model(|w: &World<1, 3, 2>| {
        let (lease, mut blocks) = w.open_full();
        // The producer lets go of the exhausted slab and then does nothing more, for ever.
        let producer = thread::spawn(move || lease.detach(w));
        let mut held = Vec::from([blocks.pop().unwrap()]);
        let consumer = thread::spawn(move || {
            blocks.iter().for_each(|block| block.write(9));
            w.push_all(blocks);
        });
        let mut lease = w.claim(0);
        if let Some(lease) = &mut lease {
            held.extend(w.alloc(lease));
            held.iter().for_each(|block| block.write(5));
        }
        producer.join().unwrap();
        consumer.join().unwrap();
        let mut lease = lease.or_else(|| w.claim(0)).expect("W7: memory held hostage");
        held.extend((held.len()..3).map(|_| w.alloc(&mut lease).expect("W1: a block is lost")));
        w.audit(&held, &[lease]);
    });
}

/// Two last pushes empty a slab that a third thread opens for another class. With `PUBLISH_AT`
/// 1 through PARTIAL and its token, with 9 straight from DETACHED.
fn reuse_for_another_class<const PUBLISH_AT: u16>(w: &'static World<1, 2, PUBLISH_AT>) {
    let mut blocks = w.open_and_detach();
    let (one, two) = (blocks.pop().unwrap(), blocks.pop().unwrap());
    let one = thread::spawn(move || w.push_one(one));
    let two = thread::spawn(move || w.push_one(two));
    let reuse = || {
        let mut lease = w.open(1)?;
        let block = w.alloc(&mut lease).unwrap();
        block.write(5);
        // Detached at once: findable again, in the other class, while others may be late.
        lease.detach(w);
        Some(block)
    };
    let mut held: Vec<_> = reuse().into_iter().collect();
    one.join().unwrap();
    two.join().unwrap();
    if held.is_empty() {
        held.push(reuse().expect("W5: the slice was not released"));
    }
    assert!(w.claim(0).is_none(), "W6: the old class still finds the slab");
    assert_eq!(held[0].read(), 5, "W6: a late thread wrote to a block of the new class");
    w.audit(&held, &[]);
}

#[test]
fn a_slice_emptied_when_partial_serves_another_class_and_nobody_is_late() {
    model(reuse_for_another_class::<1>);
}

#[test]
fn a_slice_emptied_when_detached_serves_another_class_and_nobody_is_late() {
    model(reuse_for_another_class::<9>);
}

#[test]
fn stats_look_at_a_slab_in_any_state_and_touch_nothing_but_atomics() {
    model(|w: &World<1, 3, 1>| {
        let (mut lease, mut blocks) = w.open_full();
        w.free(&mut lease, blocks.pop().unwrap());
        let exiting = thread::spawn(move || {
            lease.detach(w);
            w.claim(0)
        });
        for _ in 0..2 {
            // Two are handed out all the time, and the ticket of detach for a while.
            let counted = w.slabs[0].census();
            assert!((2..=3).contains(&counted.out), "stats: off by more than what happens");
        }
        let lease = exiting.join().unwrap().expect("W7: a partial slab cannot be found");
        w.audit(&blocks, &[lease]);
    });
}

/// A sweep of pages of so many blocks while one comes back; at most so many are empty.
fn sweep_among_pushes(w: &'static World<1, 4, 2>, page_blocks: usize, most: usize) {
    let (mut lease, mut blocks) = w.open_full();
    let held = [blocks.remove(1)];
    held[0].write(5);
    let [a, b, c] = <[Held; 3]>::try_from(blocks).unwrap();
    w.free(&mut lease, a);
    w.push_one(b);
    let pusher = thread::spawn(move || {
        // Who holds a block may write it at any time.
        c.write(6);
        w.push_one(c);
    });
    let pages = super::sweep::sweep(w, &mut lease, page_blocks);
    assert!(pages <= most, "the page of a live block is empty");
    lease.detach(w);
    pusher.join().unwrap();
    w.audit(&held, &[]);
    assert_eq!(held[0].read(), 5, "a block that somebody holds was written");
    let mut lease = w.claim(0).expect("W7: a partial slab cannot be found");
    let mut all = Vec::from(held);
    all.extend(core::iter::from_fn(|| w.alloc(&mut lease)));
    assert_eq!(all.len(), 4, "W1: a block is lost");
    w.audit(&all, &[lease]);
}

#[test]
fn a_sweep_among_pushes_loses_no_block_and_empties_no_page_that_somebody_uses() {
    model(|w| sweep_among_pushes(w, 2, 1));
}

#[test]
fn a_sweep_of_pages_of_a_block_each_keeps_those_of_live_blocks_and_of_nodes() {
    model(|w| sweep_among_pushes(w, 1, 2));
}

#[test]
fn who_sees_a_slab_noted_sees_it_opened() {
    model(|w: &World<1, 3, 2>| {
        let opener = thread::spawn(move || w.open(1).unwrap());
        if w.notes.get(1) == Slice::Slab(1) {
            let slab = &w.slabs[0];
            assert_eq!(slab.shape().class, 1, "N: the shape is not that of the slab");
            assert_eq!(slab.load().state, State::Leased, "N: the word is not that of the slab");
        }
        let lease = opener.join().unwrap();
        w.audit(&[], &[lease]);
    });
}

#[test]
fn a_block_is_found_by_its_address_in_its_slab_or_not_at_all() {
    model_in(World::with_entry, |w: &World<2, 2, 9>| {
        let blocks = w.open_and_detach();
        let pusher = thread::spawn(move || w.push_all(blocks));
        // In the same slices, if they are free by now, else in others that share the entry.
        let mut lease = w.open(1).unwrap();
        let held = w.alloc(&mut lease).unwrap();
        w.find(&held);
        pusher.join().unwrap();
        w.find(&held);
        w.audit(&[held], &[lease]);
    });
}

#[test]
fn two_slabs_that_are_emptied_leave_nothing_in_the_entry_that_they_share() {
    model_in(World::with_entry, |w: &World<2, 1, 9>| {
        let one = w.open_and_detach();
        let two = w.open_and_detach();
        let pusher = thread::spawn(move || w.push_all(one));
        w.push_all(two);
        pusher.join().unwrap();
        assert!(w.is_all_released(), "W5: everything is back and a slice is not free");
        w.audit(&[], &[]);
    });
}
