//! Unit tests and loom models of the scavenger's word.

extern crate std;
use super::*;

const FULL: u32 = 8;

#[cfg(not(loom))]
mod sequential {
    use super::*;

    #[test]
    fn a_scavenger_is_wanted_once_the_count_is_full_and_started_once() {
        let watch = Watch::new();
        watch.tell(FULL - 1, FULL);
        assert!(!watch.is_wanted() && !watch.begin(), "wanted for too little");
        watch.tell(1, FULL);
        assert!(watch.is_wanted() && !watch.is_running(), "Q2: a full count, and none wanted");
        assert!(watch.begin() && watch.is_running() && !watch.begin(), "Q1: started twice");
        watch.begin_look();
        assert!(watch.end(FULL), "the count began anew, and is not full");
        watch.tell(FULL, FULL);
        assert!(watch.begin(), "Q2: none wanted after the last one ended");
    }

    #[test]
    fn a_scavenger_does_not_end_with_a_full_count() {
        let watch = Watch::new();
        watch.tell(FULL, FULL);
        assert!(watch.begin());
        watch.tell(FULL, FULL);
        assert!(!watch.end(FULL), "Q2: ended with a full count");
        watch.begin_look();
        assert!(watch.end(FULL), "nothing was freed after the look began");
    }

    #[test]
    fn what_is_refused_stays_so_in_the_child_of_a_fork_too() {
        let watch = Watch::new();
        watch.refuse();
        watch.recover();
        watch.tell(FULL, FULL);
        assert!(!watch.is_wanted() && !watch.begin(), "wanted though it was refused");
    }

    #[test]
    fn the_child_of_a_fork_has_none_and_may_start_one() {
        let watch = Watch::new();
        watch.tell(FULL, FULL);
        assert!(watch.begin());
        watch.recover();
        assert!(!watch.is_running(), "the thread is the parent's");
        watch.tell(FULL, FULL);
        assert!(watch.begin(), "Q2: none wanted in the child");
    }
}

#[cfg(loom)]
mod models {
    use super::*;
    use crate::protocol::bits::Bits;
    use loom::{sync::Arc, thread};

    /// The word, and what was freed.
    struct World {
        watch: Watch,
        free: Bits,
        scavengers: AtomicU32,
    }

    impl World {
        fn new() -> Arc<Self> {
            let (watch, free) = (Watch::new(), Bits::new(0));
            Arc::new(Self { watch, free, scavengers: AtomicU32::new(0) })
        }

        /// Frees a slice and tells of it; then starts the scavenger if one is wanted. That one
        /// runs here: it could begin at any time, and this is one of them.
        fn free(&self, slice: u32, told: u32) {
            self.free.put(1 << slice);
            self.watch.tell(told, FULL);
            if self.watch.is_wanted() && self.watch.begin() {
                self.scavenge();
            }
        }

        fn scavenge(&self) {
            let others = self.scavengers.fetch_add(1, Ordering::Relaxed);
            assert_eq!(others, 0, "Q1: two scavengers");
            loop {
                self.watch.begin_look();
                let seen = self.free.snapshot();
                self.free.take(seen);
                self.scavengers.fetch_sub(1, Ordering::Relaxed);
                if seen == 0 && self.watch.end(FULL) {
                    return;
                }
                self.scavengers.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    #[test]
    fn two_that_fill_the_count_together_start_one_scavenger_that_sees_what_both_freed() {
        loom::model(|| {
            let w = World::new();
            let other = {
                let w = w.clone();
                thread::spawn(move || w.free(0, FULL / 2))
            };
            w.free(1, FULL / 2);
            other.join().unwrap();
            assert_eq!(w.free.snapshot(), 0, "Q2, Q3: what was freed was not looked at");
            assert!(!w.watch.is_running() && !w.watch.is_wanted(), "nobody will look");
        });
    }

    #[test]
    fn what_is_freed_while_the_scavenger_ends_is_seen_by_it_or_by_the_next_one() {
        loom::model(|| {
            let w = World::new();
            let other = {
                let w = w.clone();
                thread::spawn(move || w.free(0, FULL))
            };
            w.free(1, FULL);
            other.join().unwrap();
            assert_eq!(w.free.snapshot(), 0, "Q2: what was freed was not looked at");
            assert!(!w.watch.is_running() && !w.watch.is_wanted(), "nobody will look");
        });
    }
}
