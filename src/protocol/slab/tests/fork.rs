//! The child of a fork recovers from every step that a vanished thread can be in.

use super::*;
use crate::sync::crash;
use core::slice;

type Small = World<3, 4, 2>;

/// What the thread that vanishes has, and what others hold.
type Inherited<'a> = (Option<Lease<'a>>, Vec<Held>, Vec<Held>);

/// An operation that is never finished.
struct Scene {
    name: &'static str,
    set: for<'a> fn(&'a Small) -> Inherited<'a>,
    act: fn(&Small, Option<Lease<'_>>, Vec<Held>),
    /// Blocks that may be lost: those in hand, and those of the private list.
    at_most: usize,
}

fn nothing(_: &Small) -> Inherited<'_> {
    (None, Vec::new(), Vec::new())
}

/// LEASED: one block private, one in hand, two with others.
fn leased(w: &Small) -> Inherited<'_> {
    let (mut lease, mut mine) = w.open_full();
    w.free(&mut lease, mine.pop().unwrap());
    let theirs = mine.split_off(1);
    (Some(lease), mine, theirs)
}

/// DETACHED: two blocks in hand, two with others.
fn detached(w: &Small) -> Inherited<'_> {
    let mut mine = w.open_and_detach();
    let theirs = mine.split_off(2);
    (None, mine, theirs)
}

/// DETACHED: four blocks in hand.
fn detached_all(w: &Small) -> Inherited<'_> {
    (None, w.open_and_detach(), Vec::new())
}

/// PARTIAL: two blocks in hand, two free.
fn partial(w: &Small) -> Inherited<'_> {
    let mut mine = w.open_and_detach();
    w.push_all(mine.split_off(2));
    (None, mine, Vec::new())
}

const SCENES: &[Scene] = &[
    Scene {
        name: "open",
        set: nothing,
        act: |w, _, _| {
            let _ = w.open(0);
        },
        at_most: 4,
    },
    Scene {
        name: "free, take and drain",
        set: leased,
        act: |w, lease, mine| {
            let mut lease = lease.unwrap();
            w.push_all(mine);
            while w.alloc(&mut lease).is_some() {}
        },
        at_most: 2,
    },
    Scene {
        name: "detach with private blocks",
        set: leased,
        act: |w, lease, _| lease.unwrap().detach(w),
        at_most: 2,
    },
    Scene {
        name: "detach of an exhausted slab",
        set: |w| {
            let (lease, theirs) = w.open_full();
            (Some(lease), Vec::new(), theirs)
        },
        act: |_, lease, _| assert!(lease.unwrap().detach_exhausted().is_ok()),
        at_most: 0,
    },
    Scene {
        name: "push that publishes",
        set: detached,
        act: |w, _, mine| w.push_all(mine),
        at_most: 2,
    },
    Scene {
        name: "push that empties DETACHED",
        set: detached_all,
        act: |w, _, mine| w.push_all(mine),
        at_most: 4,
    },
    Scene {
        name: "push that empties PARTIAL",
        set: partial,
        act: |w, _, mine| w.push_all(mine),
        at_most: 2,
    },
    Scene {
        name: "claim",
        set: partial,
        act: |w, _, _| {
            let _ = w.claim(0);
        },
        at_most: 2,
    },
    Scene {
        name: "claim, sweep and detach",
        set: partial,
        act: |w, _, _| {
            let mut lease = w.claim(0).unwrap();
            super::sweep::sweep(w, &mut lease, 2);
            lease.detach(w);
        },
        at_most: 4,
    },
];

/// Plays `scene` up to the given number of atomic writes, then the child. Returns the blocks
/// that are lost, and whether the operation was done.
fn play(scene: &Scene, writes: u32) -> (usize, bool) {
    let w = Small::new();
    // The thread that calls fork leases a slab too, in the middle of which nobody is.
    let mut own = w.open(1).unwrap();
    let mut own_blocks = Vec::from([w.alloc(&mut own).unwrap(), w.alloc(&mut own).unwrap()]);
    w.free(&mut own, own_blocks.pop().unwrap());

    let (lease, mine, mut held) = (scene.set)(&w);
    let done = crash::vanish_after(writes, || (scene.act)(&w, lease, mine)).is_some();
    held.append(&mut own_blocks);
    w.recover(Some(&own));
    let lost = w.census(&held, slice::from_ref(&own));

    // The child goes on: takes all there is, gives everything back, and nothing is left over.
    held.extend(core::iter::from_fn(|| w.alloc(&mut own)));
    own.detach(&w);
    while let Some(mut lease) = w.claim(0).or_else(|| w.open(0)) {
        held.extend(core::iter::from_fn(|| w.alloc(&mut lease)));
        lease.detach(&w);
    }
    let waiting = w.slabs.iter().map(|slab| match slab.load() {
        // Below PUBLISH_AT: in line 0, and on the remote list.
        Word { state: State::Detached, lent, count, .. } => 4 - usize::from(lent - count),
        _ => 0,
    });
    assert_eq!(held.len() + lost + waiting.sum::<usize>(), 12, "blocks are out of reach");
    held.into_iter().for_each(|block| w.push_one(block));
    assert_eq!(w.census(&[], &[]), lost, "the child lost blocks of its own");
    assert!(lost > 0 || w.is_all_released(), "W5: nothing was lost, some slice is not free");
    (lost, done)
}

#[test]
fn a_child_recovers_from_every_step_that_a_vanished_thread_was_in() {
    for scene in SCENES {
        let (name, mut writes) = (scene.name, 0);
        loop {
            let (lost, done) = play(scene, writes);
            assert!(lost <= scene.at_most, "{name}: {lost} blocks lost before write {writes}");
            if done {
                break;
            }
            writes += 1;
        }
        assert!(writes > 0, "{name}: there is nothing to stop in it");
    }
}
