//! Magazines by themselves.

extern crate std;
use super::{place::TURNS, *};
use std::vec::Vec;

/// Addresses that are blocks as far as a magazine can tell: it touches none.
fn blocks(count: usize) -> Vec<Block> {
    (1..=count).map(|number| Block::new(ptr::without_provenance_mut(number * 8)).unwrap()).collect()
}

fn equipped() -> Magazines {
    let magazines = Magazines::none();
    assert!(magazines.equip());
    magazines
}

/// As many blocks as a magazine of this bound takes: one goes out next, the others fill the array.
fn filled(magazines: &Magazines, class: SizeClass) -> Vec<Block> {
    let all = blocks(magazines.capacity(class) + 1);
    assert!(all.iter().all(|block| magazines.push(class, *block)));
    all
}

#[test]
fn magazines_without_arrays_take_no_block_and_give_none() {
    let (magazines, block) = (Magazines::none(), blocks(1)[0]);
    for class in SizeClass::all() {
        assert!(!magazines.push(class, block), "{class:?}: the heap of nobody was written");
        assert_eq!((magazines.pop(class), magazines.len(class)), (None, 0));
    }
}

#[test]
fn the_first_block_goes_out_next_then_the_newest_and_the_oldest_spill_first() {
    let (magazines, class) = (equipped(), SizeClass::smallest());
    let all = filled(&magazines, class);
    assert!(!magazines.push(class, all[0]), "M1: a block went over the limit");
    assert_eq!(magazines.pop(class), Some(all[0]));
    assert_eq!(magazines.pop(class), all.last().copied());
    let mut spilled = Vec::new();
    magazines.spill(class, 3, |blocks| spilled.extend_from_slice(blocks));
    assert_eq!(spilled, all[1..4]);
    assert_eq!(magazines.len(class), all.len() - 5);
    assert_eq!(magazines.pop(class), Some(all[all.len() - 2]), "M1: the rest was moved wrongly");
}

#[test]
fn a_spill_of_everything_leaves_nothing_behind() {
    let (magazines, class) = (equipped(), SizeClass::smallest());
    let all = filled(&magazines, class);
    let mut spilled = Vec::new();
    magazines.spill(class, usize::MAX, |blocks| spilled.extend_from_slice(blocks));
    spilled.sort_unstable();
    assert_eq!(spilled, all, "W1: a block was lost, or went twice");
    assert_eq!((magazines.len(class), magazines.pop(class)), (0, None));
}

#[test]
fn a_magazine_that_grows_and_shrinks_for_ever_needs_no_more_arrays() {
    let (magazines, class) = (equipped(), SizeClass::smallest());
    let all = filled(&magazines, class);
    let mut arrays = Vec::new();
    for _ in 0..100 {
        assert!(magazines.grow(class) && magazines.grow(class));
        arrays.push(magazines.base(class));
        magazines.shrink(class);
        magazines.shrink(class);
    }
    arrays.dedup();
    assert_eq!(arrays.len(), 1, "an array was lost on the way");
    assert_eq!(magazines.pop(class), Some(all[0]), "M1: the block that goes out next is lost");
    assert_eq!(magazines.pop(class), all.last().copied(), "M1: an entry is lost");
}

#[test]
fn all_bounds_together_stay_within_the_budget() {
    let magazines = equipped();
    let bytes = |class: SizeClass| magazines.capacity(class) * class.block_bytes();
    let before: usize = SizeClass::all().map(bytes).sum();
    for class in SizeClass::all() {
        while magazines.may_grow(class) && magazines.grow(class) {}
    }
    let after: usize = SizeClass::all().map(bytes).sum();
    assert!(after > before && after <= before + crate::config::MAGAZINE_BUDGET_BYTES);
}

#[test]
fn a_heap_whose_thread_vanished_in_the_middle_of_growing_is_usable_in_the_child() {
    let (magazines, class) = (equipped(), SizeClass::smallest());
    let (old, base) = (magazines.capacity(class), magazines.base(class));
    // What is done when the fork takes its picture: the old array is spare, and still in use.
    magazines.growth(|growth| {
        growth.entries[class.index()] = old * 2;
        growth.keep_spare(base, old);
    });
    magazines.forget();
    let spare = magazines.growth(|growth| growth.take_spare(old)).unwrap();
    assert_ne!(spare.as_ptr(), magazines.base(class), "M1: two classes would share an array");
    assert_eq!((magazines.len(class), magazines.capacity(class)), (0, old));
}

#[test]
fn a_magazine_that_ran_over_in_turn_is_a_stack_until_it_shrinks() {
    let (magazines, class) = (equipped(), SizeClass::smallest());
    let all = filled(&magazines, class);
    let close = |turns| {
        for _ in 0..turns {
            magazines.note_empty(class);
            magazines.note_full(class);
        }
        magazines.close_place(class);
    };
    close(TURNS);
    assert_eq!(magazines.entries(class) + 1, all.len(), "closed, and no room for what was there");
    assert!(magazines.grow(class));
    close(0);
    assert_eq!(magazines.len(class), all.len(), "W1: the block in the place was lost, or doubled");
    assert_eq!(magazines.pop(class), Some(all[0]), "what went out next lies on top now");
    assert_eq!(magazines.pop(class), all.last().copied());
    assert!(magazines.push(class, all[0]));
    assert_eq!(magazines.entries(class), all.len() - 1, "the place takes nothing any more");
    magazines.spill(class, usize::MAX, |_| ());
    magazines.shrink(class);
    assert!(magazines.push(class, all[0]));
    assert_eq!((magazines.entries(class), magazines.len(class)), (0, 1), "the place is open again");
}
