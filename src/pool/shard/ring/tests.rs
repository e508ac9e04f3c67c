//! Loom models of the ring: its senders, and who is inside.

#[cfg(loom)]
mod models {
    extern crate std;
    use super::super::{
        super::tests::node::{Node, use_it},
        *,
    };
    use loom::thread;
    use std::boxed::Box;

    struct World {
        ring: Ring,
        nodes: [Node; 3],
    }

    const FIRST: usize = 3;
    const SECOND: usize = 4;

    impl World {
        fn slot(&self, index: usize) -> NonNull<Header> {
            self.nodes[index].slot()
        }

        /// As sender: true if the slot was sent.
        fn send(&self, token: usize, index: usize) -> bool {
            use_it(self.slot(index));
            // SAFETY: models claim first, and hold what they send.
            self.ring.is_from(token) && unsafe { self.ring.send(token, self.slot(index)) }
        }

        fn resign(&self) {
            // SAFETY: models claim first.
            unsafe { self.ring.resign() };
        }

        /// As who is inside: a slot.
        fn take(&self) -> Option<NonNull<Header>> {
            // SAFETY: one thread of a model is inside.
            let slot = unsafe { self.ring.take() };
            slot.inspect(|slot| use_it(*slot))
        }

        /// As who is inside: shuts the ring. Returns how many slots were in it.
        fn shut(&self) -> usize {
            // SAFETY: as above.
            unsafe { self.ring.shut() };
            core::iter::from_fn(|| self.take()).count()
        }

        fn open(&self) {
            // SAFETY: as above.
            unsafe { self.ring.open() };
        }
    }

    /// Runs `f` in a fresh world, whose ring is open, in every order of its threads, all of which `f`
    /// joins.
    fn model(f: fn(&'static World)) {
        loom::model(move || {
            let world = World { ring: Ring::new(), nodes: [(); 3].map(|()| Node::new()) };
            let world = Box::into_raw(Box::new(world));
            // SAFETY: allocated just now, and freed only after `f`.
            f(unsafe { &*world });
            // SAFETY: came from a box; `f` joined its threads and returned, so nobody uses it.
            drop(unsafe { Box::from_raw(world) });
        });
    }

    #[test]
    fn what_is_sent_is_taken_in_turn_and_whole() {
        model(|w| {
            let sender = thread::spawn(|| {
                assert!(w.ring.claim(FIRST), "nobody was the sender");
                (0..3).for_each(|index| {
                    while !w.send(FIRST, index) {
                        thread::yield_now();
                    }
                });
            });
            for index in 0..3 {
                let slot = loop {
                    match w.take() {
                        Some(slot) => break slot,
                        None => thread::yield_now(),
                    }
                };
                assert_eq!(slot, w.slot(index), "M: a slot is lost, or out of turn");
            }
            sender.join().unwrap();
            assert!(w.take().is_none(), "M: a slot was sent twice");
        });
    }

    #[test]
    fn what_is_sent_while_the_ring_shuts_is_taken_or_kept() {
        model(|w| {
            assert!(w.ring.claim(FIRST));
            let sender = thread::spawn(|| usize::from(w.send(FIRST, 0)));
            let taken = w.shut();
            assert_eq!(sender.join().unwrap(), taken, "H: a slot is left where nobody looks");
            assert!(w.take().is_none(), "H: a slot was sent to a ring that is shut");
        });
    }

    #[test]
    fn what_a_sender_sent_before_it_resigned_is_there_when_the_ring_shuts() {
        model(|w| {
            let sender = thread::spawn(|| {
                let sent = w.ring.claim(FIRST) && w.send(FIRST, 0);
                w.resign();
                usize::from(sent)
            });
            let taken = w.shut();
            assert_eq!(sender.join().unwrap(), taken, "H: a slot is left where nobody looks");
        });
    }

    #[test]
    fn a_ring_has_one_sender_and_the_next_goes_on_where_the_last_one_stopped() {
        model(|w| {
            assert!(w.ring.claim(FIRST));
            let heir = thread::spawn(|| {
                let is_mine = w.ring.claim(SECOND);
                if is_mine {
                    assert!(w.send(SECOND, 1), "there is a place, and the ring is open");
                }
                is_mine
            });
            assert!(w.send(FIRST, 0), "there is a place, and the ring is open");
            w.resign();
            let sent = 1 + usize::from(heir.join().unwrap());
            assert_eq!(w.shut(), sent, "M: two senders, or a place was left out");
        });
    }

    #[test]
    fn a_ring_that_opens_again_has_its_sender_still() {
        model(|w| {
            assert!(w.ring.claim(FIRST));
            let sender = thread::spawn(|| (0..2).filter(|index| w.send(FIRST, *index)).count());
            let mut taken = w.shut();
            w.open();
            let sent = sender.join().unwrap();
            assert!(!w.ring.claim(SECOND), "M: two senders");
            taken += w.shut();
            assert_eq!(taken, sent, "H: a slot is lost, or was sent twice");
            w.open();
            assert!(w.send(FIRST, 2), "H: a ring that was opened is shut");
        });
    }

    #[test]
    fn two_senders_in_turn_and_two_insiders_in_turn_lose_nothing() {
        model(|w| {
            assert!(w.ring.claim(FIRST));
            assert!(w.send(FIRST, 0), "there is a place, and the ring is open");
            let senders = thread::spawn(|| {
                let mut sent = usize::from(w.send(FIRST, 1));
                w.resign();
                if w.ring.claim(SECOND) {
                    sent += usize::from(w.send(SECOND, 2));
                }
                sent
            });
            let mut taken = usize::from(w.take().is_some());
            let heir = thread::spawn(|| {
                let taken = w.shut();
                w.open();
                taken
            });
            taken += heir.join().unwrap();
            let sent = 1 + senders.join().unwrap();
            assert_eq!(taken + w.shut(), sent, "H: a slot is lost, or was sent twice");
        });
    }
}
