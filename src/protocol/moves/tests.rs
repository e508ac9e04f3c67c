//! Unit tests and loom models of moves.

extern crate std;
use super::*;

#[cfg(not(loom))]
mod sequential {
    use super::*;

    #[test]
    fn a_count_is_settled_unless_a_move_is_under_way_or_was_made_meanwhile() {
        let moves = Moves::new();
        assert_eq!(moves.count(|| 1), Some(1), "V2: nothing moved");
        moves.make(|| assert_eq!(moves.count(|| 1), None, "V1: a move is under way"));
        assert_eq!(moves.count(|| moves.make(|| 1)), None, "V1: a move was made");
        assert_eq!(moves.count(|| 1), Some(1), "V2: all moves have ended");
    }

    #[test]
    fn what_vanished_threads_began_is_over_in_the_child_of_a_fork() {
        let moves = Moves::new();
        moves.make(|| {
            moves.recover();
            assert_eq!(moves.count(|| 1), Some(1), "V2: nobody is left who moves");
        });
    }
}

#[cfg(loom)]
mod models {
    use super::*;
    use loom::{sync::Arc, thread};
    use std::vec::Vec;

    /// Two places for blocks, which are counted one after the other, and a move from one to the other.
    struct World {
        moves: Moves,
        places: [AtomicU32; 2],
    }

    const BLOCKS: u32 = 2;

    impl World {
        fn new() -> Arc<Self> {
            let places = [AtomicU32::new(BLOCKS), AtomicU32::new(0)];
            Arc::new(Self { moves: Moves::new(), places })
        }

        fn move_one(&self) {
            self.moves.make(|| {
                self.places[0].fetch_sub(1, Ordering::Relaxed);
                self.places[1].fetch_add(1, Ordering::Relaxed);
            });
        }

        /// What is in both places, if nothing moved meanwhile.
        fn count(&self) -> Option<u32> {
            let sum = || self.places.iter().map(|place| place.load(Ordering::Relaxed)).sum();
            self.moves.count(sum)
        }
    }

    fn count_while(movers: u32) {
        loom::model(move || {
            let w = World::new();
            let movers: Vec<_> = (0..movers)
                .map(|_| {
                    let w = w.clone();
                    thread::spawn(move || w.move_one())
                })
                .collect();
            if let Some(sum) = w.count() {
                assert_eq!(sum, BLOCKS, "V1: a move was seen in part");
            }
            movers.into_iter().for_each(|mover| mover.join().unwrap());
            assert_eq!(w.count(), Some(BLOCKS), "V2: all moves have ended");
        });
    }

    #[test]
    fn moves_of_one_thread_are_seen_whole_or_told_of() {
        count_while(1);
    }

    #[test]
    fn moves_of_two_threads_are_seen_whole_or_told_of() {
        count_while(2);
    }
}
