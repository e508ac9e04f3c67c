//! Unit tests and loom models of the commit charge.

extern crate std;
use super::*;

#[cfg(not(loom))]
mod sequential {
    use super::*;

    #[test]
    fn what_is_beyond_the_limit_is_refused_and_charges_nothing() {
        let charge = Charge::new();
        assert!(charge.take(60, 100) && charge.take(40, 100), "C2: refused within the limit");
        assert!(!charge.take(1, 100), "C2: beyond the limit");
        assert_eq!(charge.bytes(), 100, "a refusal charged something");
        charge.give_back(60);
        assert!(charge.take(60, 100), "what was given back is to be had again");
    }

    #[test]
    fn a_sum_that_overflows_is_beyond_every_limit() {
        let charge = Charge::new();
        assert!(charge.take(usize::MAX, usize::MAX));
        assert!(!charge.take(1, usize::MAX), "C2: the sum went around");
        assert_eq!(charge.bytes(), usize::MAX);
    }

    #[test]
    fn a_limit_below_what_is_charged_refuses_until_enough_went_back() {
        let charge = Charge::new();
        assert!(charge.take(100, 100));
        assert!(!charge.take(0, 50) && !charge.take(1, 50), "C2: beyond the lower limit");
        charge.give_back(60);
        assert!(charge.take(10, 50));
    }
}

#[cfg(loom)]
mod models {
    use super::*;
    use crate::sync::UnsafeCell;
    use loom::{sync::Arc, thread};

    #[test]
    fn of_two_that_want_the_last_bytes_one_gets_them() {
        loom::model(|| {
            let charge = Arc::new(Charge::new());
            let other = {
                let charge = charge.clone();
                thread::spawn(move || charge.take(2, 3))
            };
            let mine = charge.take(2, 3);
            let theirs = other.join().unwrap();
            assert!(mine != theirs, "C2: both, or nobody, got the last bytes");
            assert_eq!(charge.bytes(), 2, "C2: what was charged is what was got");
        });
    }

    #[test]
    fn who_gets_what_another_gave_back_gets_it_afterwards() {
        loom::model(|| {
            // The memory, of which there is one piece.
            let shared = Arc::new((Charge::new(), UnsafeCell::new(0)));
            assert!(shared.0.take(1, 1));
            let other = {
                let shared = shared.clone();
                thread::spawn(move || {
                    // SAFETY: this thread has the piece.
                    shared.1.with_mut(|piece| unsafe { *piece = 1 });
                    shared.0.give_back(1);
                })
            };
            if shared.0.take(1, 1) {
                // SAFETY: C3: the piece is this thread's now.
                let seen = shared.1.with_mut(|piece| unsafe { *piece });
                assert_eq!(seen, 1, "C3: taken before it was given back");
            }
            other.join().unwrap();
        });
    }

    #[test]
    fn bytes_given_back_at_once_are_all_to_be_had() {
        loom::model(|| {
            let charge = Arc::new(Charge::new());
            assert!(charge.take(3, 3));
            let other = {
                let charge = charge.clone();
                thread::spawn(move || charge.give_back(1))
            };
            charge.give_back(2);
            other.join().unwrap();
            assert_eq!(charge.bytes(), 0, "C1: bytes that went back stay charged");
        });
    }
}
