//! An entry and the slabs that have it in turn. Races are in the models of slabs.

extern crate std;
use super::*;

/// Where a slab of tag 88 starts, and the address of a slice that shares its entry.
const START: usize = 0x5a5a_0000_0000_0000;
const FAR: usize = START ^ 1 << 34;

/// Under loom atomics work inside of a model only.
fn alone(f: fn(Entry)) {
    #[cfg(loom)]
    loom::model(move || f(Entry::new()));
    #[cfg(not(loom))]
    f(Entry::new());
}

/// True if the entry has `address` in its slab.
fn has(entry: &Entry, address: usize) -> bool {
    entry.find(address).1 < DISTANCES
}

#[test]
fn an_address_has_its_distance_from_the_slab_of_the_entry_and_no_other() {
    alone(|entry| {
        assert!(!has(&entry, START), "a new entry has a slab");
        entry.sign(START, 88, 1);
        for granules in [0, 1, 11, DISTANCES - 1] {
            assert_eq!(entry.find(START + granules * GRANULE_BYTES), (88, granules));
        }
        let behind = START + DISTANCES * GRANULE_BYTES;
        for elsewhere in [START - 8, START + 1, START + 7, behind, FAR, FAR + 8, 0, usize::MAX] {
            assert!(!has(&entry, elsewhere), "{elsewhere:#x} is not in the slab at {START:#x}");
        }
        assert!(entry.is_of(1) && !entry.is_of(2), "Y2");
    });
}

#[test]
fn a_slab_is_taken_out_by_its_own_slices_and_by_no_others() {
    alone(|entry| {
        entry.sign(START, 88, 1);
        entry.forget(FAR);
        assert!(has(&entry, START), "a slice that shares the entry took a slab out");
        entry.sign(FAR, 88, 1);
        entry.forget(START);
        assert!(has(&entry, FAR) && !has(&entry, START), "the slab that had the entry before");
        // By any of its slices.
        entry.forget(FAR + (SLAB_SLICES_MAX - 1) * SLICE_BYTES);
        assert!(!has(&entry, FAR), "Y1: the slices are free, and their entry has a slab");
    });
}
