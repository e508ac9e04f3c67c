//! Sweeps: what they leave, in every slab that chance makes.

use super::*;

/// Sweeps, and plays the system: what is on pages that are empty is gone. Returns how many pages.
pub(super) fn sweep<const SLABS: usize, const BLOCKS: usize, const PUBLISH_AT: u16>(
    w: &World<SLABS, BLOCKS, PUBLISH_AT>,
    lease: &mut Lease<'_>,
    page_blocks: usize,
) -> usize {
    let (base, unit, mut pages) = (w.base(lease.slab()), size_of::<FreeBlock>(), 0);
    let shape = lease.slab().shape();
    let swept = lease.sweep(w, page_blocks * unit, |from, bytes| {
        pages += bytes / (page_blocks * unit);
        // The last page may end behind the last block.
        for number in (from / unit..(from + bytes) / unit).take_while(|&number| number < BLOCKS) {
            for word in 0..4 {
                // SAFETY: W1: an empty page has no block that anybody holds, nor a node.
                unsafe { FreeBlock::set(shape.block(base, number), word, 0xDEAD) };
            }
        }
    });
    assert!(swept, "a slab of so few pages was refused");
    pages
}

#[cfg(not(loom))]
#[test]
fn a_sweep_loses_no_block_and_leaves_nothing_on_empty_pages() {
    let mut rng = fastrand::Rng::with_seed(5);
    for round in 0..500 {
        let w = World::<1, 300, 8>::new();
        let mut lease = w.open(0).unwrap();
        let mut held: Vec<_> =
            (0..rng.usize(20..=300)).map(|_| w.alloc(&mut lease).unwrap()).collect();
        held.iter().zip(0..).for_each(|(held, value)| held.write(value));
        if round % 2 == 0 {
            rng.shuffle(&mut held);
        }
        let mut back = held.split_off(rng.usize(1..held.len()));
        let values: Vec<_> = held.iter().map(Held::read).collect();
        let private = back.split_off(rng.usize(0..back.len()));
        private.into_iter().for_each(|block| w.free(&mut lease, block));
        while !back.is_empty() {
            w.push_all(back.split_off(back.len().saturating_sub(1 + rng.usize(0..9))));
        }
        sweep(&w, &mut lease, [1, 3, 8, 64, 300][round % 5].max(3));
        w.audit(&held, core::slice::from_ref(&lease));
        lease.detach(&w);
        w.audit(&held, &[]);
        let now: Vec<_> = held.iter().map(Held::read).collect();
        assert_eq!(now, values, "a block that somebody holds was written");
        if let Some(mut lease) = w.claim(0) {
            held.extend(core::iter::from_fn(|| w.alloc(&mut lease)));
            assert_eq!(held.len(), 300, "a block is missing");
            w.audit(&held, core::slice::from_ref(&lease));
            assert!(lease.detach_exhausted().is_ok(), "nothing is free");
        }
        held.into_iter().for_each(|block| w.push_one(block));
        assert!(w.is_all_released(), "W5: not released");
    }
}

#[cfg(not(loom))]
#[test]
fn a_sweep_empties_all_pages_but_those_of_live_blocks_and_of_the_nodes() {
    let w = World::<1, 1024, 8>::new();
    let (mut lease, mut blocks) = w.open_full();
    // Of 64 pages of 16 blocks, the last has a live one.
    let held = [blocks.pop().unwrap()];
    blocks.into_iter().for_each(|block| w.free(&mut lease, block));
    let pages = sweep(&w, &mut lease, 16);
    // Blocks of 8 bytes have the most nodes: a third of them are.
    assert!(pages >= 64 - 1 - 22, "only {pages} pages of 64 are empty");
    w.audit(&held, &[lease]);
}

#[cfg(not(loom))]
#[test]
fn what_is_free_behind_the_last_live_block_is_as_if_it_was_never_used_but_not_zero() {
    let w = World::<1, 64, 8>::new();
    let (mut lease, mut blocks) = w.open_full();
    let held: Vec<_> = blocks.drain(..8).collect();
    blocks.into_iter().for_each(|block| w.free(&mut lease, block));
    assert_eq!(sweep(&w, &mut lease, 8), 7, "pages of free blocks only");
    assert_eq!(w.slabs[0].carved.load(Ordering::Relaxed), 8, "the rest is not carved");
    assert!(w.alloc_zeroed(&mut lease).is_none(), "a block that was used passes for zero");
    w.audit(&held, &[lease]);
}

#[cfg(not(loom))]
#[test]
fn a_slab_of_too_many_pages_is_left_alone() {
    let w = World::<1, 300, 8>::new();
    let (mut lease, mut held) = w.open_full();
    w.free(&mut lease, held.pop().unwrap());
    assert!(!lease.sweep(&w, 2 * size_of::<FreeBlock>(), |_, _| unreachable!("150 pages")));
    w.audit(&held, &[lease]);
}
