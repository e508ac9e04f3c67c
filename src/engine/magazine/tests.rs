//! Magazines by themselves.

extern crate std;
use super::*;
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

#[test]
fn blocks_come_out_newest_first_and_spill_oldest_first() {
    let (magazines, class) = (equipped(), SizeClass::smallest());
    let all = blocks(magazines.capacity(class));
    assert!(all.iter().all(|block| magazines.push(class, *block)));
    assert!(!magazines.push(class, all[0]), "M1: a block went over the limit");
    assert_eq!(magazines.pop(class), all.last().copied());
    let mut spilled = Vec::new();
    magazines.spill(class, 3, |block| spilled.push(block));
    assert_eq!(spilled, all[..3]);
    assert_eq!(magazines.len(class), all.len() - 4);
    assert_eq!(magazines.pop(class), Some(all[all.len() - 2]), "M1: the rest was moved wrongly");
}

#[test]
fn a_magazine_that_grows_and_shrinks_for_ever_needs_no_more_arrays() {
    let (magazines, class) = (equipped(), SizeClass::smallest());
    let all = blocks(magazines.capacity(class));
    assert!(all.iter().all(|block| magazines.push(class, *block)));
    let mut arrays = Vec::new();
    for _ in 0..100 {
        assert!(magazines.grow(class) && magazines.grow(class));
        arrays.push(magazines.base(class));
        magazines.shrink(class);
        magazines.shrink(class);
    }
    arrays.dedup();
    assert_eq!(arrays.len(), 1, "an array was lost on the way");
    assert_eq!(magazines.pop(class), all.last().copied(), "M1: a block is lost");
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
