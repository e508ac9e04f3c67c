//! Unit tests and loom models of the sets.

extern crate std;
use super::*;

#[cfg(not(loom))]
#[test]
fn lowest_run_agrees_with_a_bit_by_bit_search() {
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    for _ in 0..20_000 {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let members = random | random.rotate_left(9) | random.rotate_left(31);
        for len in 1..=17_usize {
            let run = (1_u64 << len) - 1;
            let naive = (0..=64 - len).map(|at| run << at).find(|run| members & run == *run);
            assert_eq!(lowest_run(members, len), naive, "{members:064b} {len}");
        }
    }
}

#[cfg(not(loom))]
#[test]
fn a_walk_shows_all_slabs_in_order_and_forgets_leaves_that_are_empty() {
    let (summary, leaves) = (Bits::new(0b111), [Bits::new(0), Bits::new(0b1010), Bits::new(0b11)]);
    let mut seen = std::vec::Vec::new();
    let walked = walk(
        &summary,
        |leaf| &leaves[leaf as usize],
        |leaf, slab| {
            seen.push((leaf, slab));
            if seen.len() < 3 { ControlFlow::Continue(()) } else { ControlFlow::Break(slab) }
        },
    );
    assert_eq!(walked, ControlFlow::Break(0), "it went on");
    assert_eq!(seen, [(1, 1), (1, 3), (2, 0)], "not all, or not the lowest first");
    assert_eq!(summary.snapshot(), 0b110, "the next walk looks at the empty leaf again");
}

#[cfg(loom)]
mod models {
    use super::*;
    use loom::{cell::UnsafeCell, sync::Arc, thread};

    /// The two-level set that the models share.
    struct Index {
        summary: Bits,
        leaves: [Bits; 2],
    }

    impl Index {
        fn new() -> Arc<Self> {
            Arc::new(Self { summary: Bits::new(0), leaves: [Bits::new(0), Bits::new(0)] })
        }
        fn publish(&self, leaf: u32, slab: u32) {
            publish(&self.leaves[leaf as usize], slab, &self.summary, leaf);
        }
        fn find(&self) -> Option<(u32, u32)> {
            find(&self.summary, |leaf| &self.leaves[leaf as usize])
        }
    }

    #[test]
    fn clearing_the_summary_never_hides_a_published_slab() {
        loom::model(|| {
            let index = Index::new();
            index.publish(1, 0);
            let publisher = {
                let index = index.clone();
                thread::spawn(move || index.publish(1, 1))
            };
            let mut taken = [index.find(), index.find(), None];
            publisher.join().unwrap();
            taken[2] = index.find();
            let slabs: u32 = taken.into_iter().flatten().map(|(_, slab)| 1 << slab).sum();
            assert_eq!(slabs, 0b11, "B2: a slab cannot be found, or B1: was found twice");
        });
    }

    #[test]
    fn two_finders_never_take_the_same_slab() {
        loom::model(|| {
            let index = Index::new();
            index.publish(0, 3);
            index.publish(1, 5);
            let other = {
                let index = index.clone();
                thread::spawn(move || index.find())
            };
            let mine = index.find();
            let theirs = other.join().unwrap();
            assert!(
                mine.is_some() && theirs.is_some() && mine != theirs,
                "B1: taken twice or lost"
            );
        });
    }

    /// A set of slices and what lies in them, which only their holder may touch.
    struct Slices {
        free: Bits,
        data: [UnsafeCell<u32>; 4],
    }

    fn slices() -> Arc<Slices> {
        let data = core::array::from_fn(|_| UnsafeCell::new(0));
        Arc::new(Slices { free: Bits::new(0b1111), data })
    }

    impl Slices {
        fn write(&self, run: u64, value: u32) {
            for at in (0..4).filter(|at| run >> at & 1 == 1) {
                // SAFETY: B1: the run was taken, so nobody else touches its slices.
                self.data[at].with_mut(|slice| unsafe { *slice = value });
            }
        }
    }

    #[test]
    fn runs_taken_at_once_never_overlap_and_hand_over_what_was_written() {
        loom::model(|| {
            let slices = slices();
            let work = |slices: &Slices, value| {
                let run = slices.free.take_run(3, u64::MAX);
                if let Some(run) = run {
                    slices.write(run, value);
                    assert_eq!(slices.free.put(run), 0, "B1: a slice was in twice");
                }
                run.is_some()
            };
            let other = {
                let slices = slices.clone();
                thread::spawn(move || work(&slices, 1))
            };
            let mine = work(&slices, 2);
            let theirs = other.join().unwrap();
            assert!(mine || theirs, "a run of 3 in 4 was there all the time for one of two");
            assert_eq!(slices.free.snapshot(), 0b1111, "a slice is lost");
        });
    }

    #[test]
    fn a_run_grows_into_its_neighbour_or_another_thread_gets_it() {
        loom::model(|| {
            let slices = slices();
            let run = slices.free.take_run(2, u64::MAX).unwrap();
            let other = {
                let slices = slices.clone();
                thread::spawn(move || {
                    let taken = slices.free.take(0b0100);
                    slices.write(taken, 1);
                    taken != 0
                })
            };
            let grown = slices.free.take_all(0b0100);
            slices.write(run | if grown { 0b0100 } else { 0 }, 2);
            assert_ne!(grown, other.join().unwrap(), "B1: both or none have the slice");
        });
    }
    #[test]
    fn who_sees_a_member_that_stays_sees_what_was_done_to_it() {
        loom::model(|| {
            let slices = slices();
            let run = slices.free.take(0b0100);
            let other = {
                let slices = slices.clone();
                thread::spawn(move || {
                    slices.write(run, 1);
                    slices.free.put(run);
                })
            };
            if slices.free.members() & run != 0 {
                // SAFETY: the member is put once, and only read from then on.
                slices.data[2].with(|slice| assert_eq!(unsafe { *slice }, 1, "seen half made"));
            }
            other.join().unwrap();
        });
    }
}
