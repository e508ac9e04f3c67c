//! The life of a slab step by step, and threads of the system that trade blocks.

use super::*;
use std::{sync::Mutex, thread};

#[test]
fn a_slab_goes_round_leased_detached_partial_leased_empty() {
    let w = World::<1, 4, 2>::new();
    let mut blocks = w.open_and_detach();
    assert!(w.open(0).is_none(), "the only slice was opened twice");
    w.push_one(blocks.pop().unwrap());
    assert!(w.claim(0).is_none(), "claimed with too few blocks back");
    w.push_one(blocks.pop().unwrap());
    w.audit(&blocks, &[]);
    assert!(w.claim(1).is_none(), "claimed in another class");
    let mut lease = w.claim(0).unwrap();
    blocks.push(w.alloc(&mut lease).unwrap());
    w.push_all(blocks);
    w.audit(&[], core::slice::from_ref(&lease));
    lease.detach(&w);
    w.audit(&[], &[]);
    assert!(w.is_all_released() && w.open(1).is_some(), "W5: not released");
}

#[test]
fn a_slab_that_was_hardly_used_is_released_without_carving_the_rest() {
    let w = World::<1, 100, 25>::new();
    let mut lease = w.open(0).unwrap();
    let held = [w.alloc(&mut lease).unwrap()];
    lease.detach(&w);
    w.audit(&held, &[]);
    held.into_iter().for_each(|block| w.push_one(block));
    assert!(w.is_all_released(), "W5: not released");
    assert_eq!(w.slabs[0].carved.load(Ordering::Relaxed), 2, "more than block and ticket carved");
}

#[test]
fn take_hands_out_the_newest_first_then_the_never_used_in_the_order_of_addresses() {
    let w = World::<1, 6, 9>::new();
    let mut lease = w.open(0).unwrap();
    let [a, b, c] = core::array::from_fn(|_| w.alloc(&mut lease).unwrap());
    let wanted = [b.block, a.block];
    w.free(&mut lease, a);
    w.free(&mut lease, b);
    let mut taken = Vec::new();
    let count = lease.take(&w, 9, |number, block| {
        assert_eq!(number, taken.len(), "blocks are not numbered from 0");
        taken.push(block);
    });
    assert_eq!(count, 5, "not all that was free");
    assert_eq!(taken[..2], wanted, "the private list is not newest first");
    assert!(taken[2..].is_sorted() && taken[2] > c.block, "carved out of order");
    let held: Vec<_> = taken.into_iter().map(|block| Held { slab: 0, block }).chain([c]).collect();
    w.audit(&held, &[lease]);
}

#[test]
fn only_a_block_that_was_never_used_passes_for_zero() {
    let w = World::<1, 3, 9>::new();
    let mut lease = w.open(0).unwrap();
    let used = w.alloc(&mut lease).unwrap();
    let address = used.block;
    w.free(&mut lease, used);
    let fresh: Vec<_> = core::iter::from_fn(|| w.alloc_zeroed(&mut lease)).collect();
    assert_eq!(fresh.len(), 2, "never used blocks were not handed out, or too many were");
    assert!(fresh.iter().all(|held| held.block != address), "a used block passes for zero");
    w.audit(&fresh, &[lease]);
}

#[test]
fn a_shape_survives_packing_at_its_limits_and_asks_for_some_blocks_but_not_all() {
    for (blocks, bytes) in [(8, 32 << 10), (64, 1024), (1024, 512), (8192, 8)] {
        let shape = Shape::new(59, blocks, bytes);
        assert!((2..blocks).contains(&shape.publish_at), "publish_at of {blocks} blocks");
        assert_eq!(Shape::unpack(shape.pack()), shape, "a field is lost");
    }
}

/// The next of a sequence of numbers that look random.
fn step(random: &mut u64) -> u64 {
    *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
    *random >> 33
}

/// Gives blocks back in one batch per slab.
fn push_by_slab<const S: usize, const B: usize, const P: u16>(
    w: &World<S, B, P>,
    mut blocks: Vec<Held>,
) {
    for slab in 0..S {
        let of_slab: Vec<_> = blocks.extract_if(.., |held| held.slab == slab).collect();
        if !of_slab.is_empty() {
            w.push_all(of_slab);
        }
    }
}

#[test]
fn threads_that_lease_trade_and_free_lose_nothing_and_release_everything() {
    const ROUNDS: usize = 30_000;
    let w = World::<8, 32, 8>::new();
    let market = Mutex::new(Vec::<Held>::new());
    let work = |number: u64| {
        let (mut random, class) = (number, (number % 2) as u8);
        let (mut lease, mut held) = (None, Vec::new());
        for _ in 0..ROUNDS {
            if lease.is_none() {
                lease = w.claim(class).or_else(|| w.open(class));
            }
            if let Some(of) = &mut lease {
                held.extend((0..step(&mut random) % 16).map_while(|_| w.alloc(of)));
            }
            match (step(&mut random) % 8, lease.take()) {
                (0, Some(of)) => of.detach(&w),
                (1, Some(of)) if of.slab().census().free == 0 => {
                    lease = of.detach_exhausted().err();
                }
                (_, of) => lease = of,
            }
            held.iter().for_each(|block| block.write(1));
            // What a thread frees was mostly allocated by another one.
            let mut market = market.lock().unwrap();
            market.append(&mut held);
            let kept = market.len() * 2 / 3;
            let bought = market.split_off(kept);
            drop(market);
            push_by_slab(&w, bought);
        }
        lease.into_iter().for_each(|lease| lease.detach(&w));
    };
    thread::scope(|scope| {
        for number in 1..=4 {
            let work = &work;
            scope.spawn(move || work(number));
        }
    });
    let rest = core::mem::take(&mut *market.lock().unwrap());
    w.audit(&rest, &[]);
    push_by_slab(&w, rest);
    w.audit(&[], &[]);
    assert!(w.is_all_released(), "W5: everything is back, some slice is not free");
}
