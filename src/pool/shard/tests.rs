//! A shard: its owner, visitors, and those who return slots to it; mostly as loom models.

#[cfg(loom)]
pub(super) mod node;

#[cfg(loom)]
mod models {
    extern crate std;
    use super::super::*;
    use crate::sync::Lock;
    use loom::thread;
    use std::boxed::Box;

    use super::node::{Node, use_it};

    struct World {
        shard: Shard,
        visitors: Lock<()>,
        nodes: [Node; 3],
    }

    const FIRST: usize = 2;
    const SECOND: usize = 3;

    impl World {
        fn slot(&self, index: usize) -> NonNull<Header> {
            self.nodes[index].slot()
        }

        /// As the store: returns when the visitor may be gone.
        fn wait(&self) {
            drop(self.visitors.lock());
        }

        /// As owner: keeps a slot. False: the shard is closed.
        fn keep(&self, index: usize) -> bool {
            let slot = self.slot(index);
            use_it(slot);
            // SAFETY: the caller is the owner.
            match unsafe { self.shard.put_next(slot) } {
                Put::Kept => return true,
                // SAFETY: as above.
                Put::NotNext if unsafe { self.shard.push_listed(slot) } => return true,
                Put::NotNext => {}
                // SAFETY: as above.
                Put::Disputed if unsafe { self.shard.settle_next(|| self.wait()) } => return true,
                Put::Disputed => {}
            }
            // SAFETY: as above.
            let inside = unsafe { self.shard.enter(|| self.wait()) };
            !inside.is_closed() && inside.push(slot)
        }

        /// As owner: takes a slot.
        fn pop(&self, token: usize) -> Option<NonNull<Header>> {
            // SAFETY: the caller is the owner.
            unsafe { self.shard.pop(|| self.wait()) }.or_else(|| {
                // SAFETY: as above.
                let inside = unsafe { self.shard.enter(|| self.wait()) };
                let mut wants_ring = false;
                let slot = inside.pop(token).or_else(|| {
                    wants_ring = inside.drain(token);
                    inside.pop(token)
                });
                drop(inside);
                if wants_ring {
                    // SAFETY: as above.
                    unsafe { self.shard.renew_ring(token, || self.wait()) };
                }
                slot
            })
        }

        /// Returns two slots by the list, which the calling thread holds.
        fn two_by_the_list(&self) {
            for index in [0, 1] {
                // SAFETY: this thread plays the holder.
                assert!(unsafe { self.shard.give_back(self.slot(index)) }.is_ok(), "S3: shut");
            }
        }

        fn ring(&self) -> Option<&Ring> {
            // SAFETY: X: models hold a slot, or are inside.
            self.shard.ring().map(|ring| unsafe { ring.as_ref() })
        }

        /// As the only visitor: takes or closes. Returns what was in it.
        fn visit(&self, close: bool) -> usize {
            let mut gathered = 0;
            let _lock = self.visitors.lock();
            // SAFETY: the lock keeps other visitors out.
            let inside = unsafe { self.shard.visit(thread::yield_now) };
            let gather = |_: &mut Private, idle: Chains| gathered = use_all(idle);
            if close {
                inside.close(gather)
            } else {
                inside.take(gather)
            }
            drop(inside);
            gathered
        }

        fn claim(&self, token: usize) -> bool {
            self.shard.claim(token, || self.wait())
        }

        /// As owner: gives the shard up. Returns what was in it.
        fn leave(&self) -> usize {
            let mut left = 0;
            // SAFETY: the caller is the owner.
            unsafe { self.shard.leave(|| self.wait(), |_, idle| left = use_all(idle)) };
            left
        }
    }

    fn use_all(idle: Chains) -> usize {
        idle.map(use_it).count()
    }

    /// Runs `f` in a fresh world in every order of its threads, all of which `f` joins.
    fn model(f: fn(&'static World)) {
        loom::model(move || {
            let shard = Shard::new(NonNull::dangling(), usize::MAX, 0, true);
            let world = Box::into_raw(Box::new(World {
                shard,
                visitors: Lock::new(()),
                nodes: [(); 3].map(|()| Node::new()),
            }));
            // SAFETY: allocated just now, and freed only after `f`.
            f(unsafe { &*world });
            // SAFETY: came from a box; `f` joined its threads and returned, so nobody uses it.
            drop(unsafe { Box::from_raw(world) });
        });
    }

    #[test]
    fn a_slot_goes_to_the_owner_or_to_a_visitor_and_whole() {
        model(|w| {
            assert!(w.claim(FIRST));
            let owner = thread::spawn(|| {
                assert!(w.keep(0), "kept nothing in an open shard");
                w.pop(FIRST).map(use_it).is_some()
            });
            let visited = w.visit(false);
            let popped = usize::from(owner.join().unwrap());
            assert_eq!(popped + visited, 1, "S5: a slot is lost, or is held twice");
        });
    }

    #[test]
    fn the_next_slot_and_a_listed_one_go_to_the_owner_or_to_a_visitor() {
        model(|w| {
            assert!(w.claim(FIRST));
            assert!(w.keep(0));
            let owner = thread::spawn(|| {
                assert!(w.keep(1), "kept nothing in an open shard");
                let popped = [w.pop(FIRST), w.pop(FIRST)];
                popped.into_iter().flatten().map(use_it).count()
            });
            let visited = w.visit(false);
            assert_eq!(owner.join().unwrap() + visited, 2, "S2: a slot is lost, or is held twice");
        });
    }

    #[test]
    fn a_second_visitor_takes_nothing_that_the_first_one_took() {
        model(|w| {
            assert!(w.claim(FIRST));
            assert!(w.keep(0));
            let owner = thread::spawn(|| {
                let popped = w.pop(FIRST).map(use_it).is_some();
                assert!(w.keep(usize::from(!popped)), "kept nothing in an open shard");
                popped
            });
            let visited = w.visit(false) + w.visit(false);
            let popped = owner.join().unwrap();
            let left = w.visit(false);
            let slots = if popped { 1 } else { 2 };
            assert_eq!(visited + left, slots, "S5: what `next` said before was believed");
        });
    }

    #[test]
    fn what_an_owner_keeps_while_the_shard_closes_is_gathered_or_refused() {
        model(|w| {
            assert!(w.claim(FIRST));
            let owner = thread::spawn(|| w.keep(0));
            let gathered = w.visit(true);
            let refused = usize::from(!owner.join().unwrap());
            assert_eq!(gathered + refused, 1, "S3: a slot is left in a closed shard");
        });
    }

    #[test]
    fn what_an_owner_lists_while_the_shard_closes_is_gathered_or_refused() {
        model(|w| {
            assert!(w.claim(FIRST));
            assert!(w.keep(0));
            let owner = thread::spawn(|| w.keep(1));
            let gathered = w.visit(true);
            let refused = usize::from(!owner.join().unwrap());
            assert_eq!(gathered + refused, 2, "S3: a slot is left in a closed shard");
        });
    }

    #[test]
    fn what_others_return_comes_home_with_all_that_they_did() {
        model(|w| {
            assert!(w.claim(FIRST));
            let give_back = |index: usize| {
                use_it(w.slot(index));
                // SAFETY: this thread plays the holder.
                assert!(unsafe { w.shard.give_back(w.slot(index)) }.is_ok(), "S3: shut, but owned");
            };
            let one = thread::spawn(move || give_back(0));
            let two = thread::spawn(move || give_back(1));
            let mut home = 0;
            while home < 2 {
                match w.pop(FIRST) {
                    Some(slot) => {
                        use_it(slot);
                        home += 1;
                    }
                    None => thread::yield_now(),
                }
            }
            one.join().unwrap();
            two.join().unwrap();
            assert!(w.pop(FIRST).is_none(), "S2: a slot came home twice");
        });
    }

    #[test]
    fn what_is_returned_while_the_owner_leaves_is_gathered_or_handed_back() {
        model(|w| {
            assert!(w.claim(FIRST));
            let owner = thread::spawn(|| w.leave());
            use_it(w.slot(0));
            // SAFETY: this thread plays the holder.
            let handed_back = usize::from(unsafe { w.shard.give_back(w.slot(0)) }.is_err());
            let gathered = owner.join().unwrap();
            assert_eq!(gathered + handed_back, 1, "S3: a slot is left where nobody looks");
            assert!(w.claim(SECOND), "a shard without an owner is not to be had");
            // SAFETY: as above.
            assert!(unsafe { w.shard.give_back(w.slot(0)) }.is_ok(), "O1: claimed, but shut");
            assert_eq!(w.leave(), 1);
        });
    }

    #[test]
    fn who_returns_finds_the_ring_as_the_owner_made_it_and_the_owner_what_is_in_it() {
        model(|w| {
            assert!(w.claim(FIRST));
            w.two_by_the_list();
            let sender = thread::spawn(|| {
                use_it(w.slot(2));
                let ring = loop {
                    match w.ring() {
                        Some(ring) => break ring,
                        None => thread::yield_now(),
                    }
                };
                assert!(ring.claim(SECOND), "X: nobody else is the sender");
                // SAFETY: it is the sender, and holds the slot.
                assert!(unsafe { ring.send(SECOND, w.slot(2)) }, "X: the ring is not open");
            });
            let mut home = 0;
            while home < 3 {
                match w.pop(FIRST) {
                    Some(slot) => {
                        use_it(slot);
                        home += 1;
                    }
                    None => thread::yield_now(),
                }
            }
            sender.join().unwrap();
            assert!(w.pop(FIRST).is_none(), "S2: a slot came home twice");
        });
    }

    #[test]
    fn what_is_sent_while_the_owner_leaves_is_gathered_or_kept() {
        model(|w| {
            assert!(w.claim(FIRST));
            w.two_by_the_list();
            assert!(w.pop(FIRST).is_some() && w.pop(FIRST).is_some(), "S2: a slot is lost");
            let ring = w.ring().expect("two came home by the list");
            assert!(ring.claim(SECOND), "X: nobody else is the sender");
            let sender = thread::spawn(move || {
                use_it(w.slot(2));
                // SAFETY: it is the sender, and holds the slot.
                usize::from(ring.is_from(SECOND) && unsafe { ring.send(SECOND, w.slot(2)) })
            });
            let gathered = w.leave();
            assert_eq!(sender.join().unwrap(), gathered, "S3: a slot is left where nobody looks");
        });
    }

    #[test]
    fn what_is_sent_while_its_ring_is_given_up_comes_home_or_is_kept() {
        model(|w| {
            assert!(w.claim(FIRST));
            w.two_by_the_list();
            assert!(w.pop(FIRST).is_some() && w.pop(FIRST).is_some(), "S2: a slot is lost");
            let first = w.ring().expect("two came home by the list");
            assert!(first.claim(SECOND), "X: nobody else is the sender");
            w.two_by_the_list();
            let sender = thread::spawn(move || {
                use_it(w.slot(2));
                // SAFETY: it is the sender, and holds the slot.
                usize::from(first.is_from(SECOND) && unsafe { first.send(SECOND, w.slot(2)) })
            });
            // The one that was sent comes first, or the list is in vain once more, as often as is borne.
            let mut home = w.pop(FIRST).into_iter().map(use_it).count();
            let sent = sender.join().unwrap();
            home += core::iter::from_fn(|| w.pop(FIRST)).map(use_it).count();
            assert_eq!(home, 2 + sent, "H: a slot is left in a ring that was given up");
        });
    }

    #[test]
    fn a_shard_has_one_owner_and_the_next_sees_what_the_last_did() {
        model(|w| {
            assert!(w.claim(FIRST));
            let heir = || {
                let is_mine = w.claim(SECOND);
                if is_mine {
                    assert!(w.keep(1));
                    assert!(w.pop(SECOND).is_some(), "S2: the slot is lost");
                    // SAFETY: this thread is the owner; the slot is not needed any more.
                    let inside = unsafe { w.shard.enter(|| w.wait()) };
                    assert_eq!(inside.count(), 0, "two owners");
                }
                is_mine
            };
            let one = thread::spawn(heir);
            assert!(w.keep(0));
            assert_eq!(w.leave(), 1);
            let mine = heir();
            let theirs = one.join().unwrap();
            assert!(mine != theirs, "S1: a shard has two owners, or none");
        });
    }
}

#[cfg(not(loom))]
mod unit;
