//! Unit tests and loom models of the list.

extern crate std;
use super::*;
use crate::sync::UnsafeCell;
use std::{boxed::Box, vec::Vec};

/// A node that counts how often it was held.
struct Node {
    link: Link<Self>,
    holders: UnsafeCell<u32>,
}

// SAFETY: L1 gives `holders` one thread at a time; L2 shows its first value to all.
unsafe impl Sync for Node {}

impl Linked for Node {
    fn link(&self) -> &Link<Self> {
        &self.link
    }
}

impl Node {
    fn new(holders: u32) -> Self {
        Self { link: Link::new(), holders: UnsafeCell::new(holders) }
    }

    /// Plays the holder.
    fn count_holder(&self) -> u32 {
        self.holders.with_mut(|holders| {
            // SAFETY: L1: the calling thread holds the node.
            unsafe { *holders += 1 };
            // SAFETY: as above.
            unsafe { *holders }
        })
    }
}

#[cfg(not(loom))]
mod sequential {
    use super::*;

    fn list_of(count: u32) -> (List<Node>, Vec<&'static Node>) {
        let list = List::new();
        let new = |_| -> &'static Node { Box::leak(Box::new(Node::new(0))) };
        let nodes: Vec<_> = (0..count).map(new).collect();
        nodes.iter().for_each(|&node| list.enter(node));
        (list, nodes)
    }

    #[test]
    fn a_node_that_was_let_go_is_taken_again_and_no_other() {
        let (list, nodes) = list_of(3);
        assert!(list.take(|_| true).is_none(), "L1: taken from its holder");
        list.let_go(nodes[1]);
        let taken = list.take(|_| true).unwrap();
        assert!(ptr::eq(taken, nodes[1]) && taken.link.is_held(), "L1: not the one that waits");
        assert!(list.take(|_| true).is_none(), "L1: taken twice");
        assert_eq!(list.iter().count(), 3, "a node left the list");
    }

    #[test]
    fn the_child_of_a_fork_gets_the_nodes_of_vanished_threads_and_keeps_its_own() {
        let (list, nodes) = list_of(3);
        list.let_go(nodes[0]);
        // Stopped between I1 and H2.
        list.idle.fetch_add(1, Ordering::Relaxed);
        list.recover(nodes[2], |node| {
            node.count_holder();
        });
        assert_eq!(nodes.iter().map(|node| node.count_holder()).collect::<Vec<_>>(), [1, 2, 1]);
        assert!(
            list.take(|_| true).is_some() && list.take(|_| true).is_some(),
            "a vanished thread's is lost"
        );
        assert!(
            list.take(|_| true).is_none() && nodes[2].link.is_held(),
            "the child's own was taken"
        );
    }
}

#[cfg(loom)]
mod models {
    use super::*;
    use loom::thread;

    struct World {
        list: List<Node>,
        nodes: [Node; 2],
    }

    /// Runs `f` in a fresh world in every order of its threads, all of which `f` joins.
    fn model(f: fn(&'static World)) {
        loom::model(move || {
            let nodes = [Node::new(1), Node::new(1)];
            let world = Box::into_raw(Box::new(World { list: List::new(), nodes }));
            // SAFETY: allocated just now, and freed only after `f`.
            f(unsafe { &*world });
            // SAFETY: came from a box; `f` joined its threads and returned, so nobody uses it.
            drop(unsafe { Box::from_raw(world) });
        });
    }

    #[test]
    fn a_node_goes_to_one_thread_with_all_that_its_last_holder_did() {
        model(|w| {
            w.list.enter(&w.nodes[0]);
            w.list.let_go(&w.nodes[0]);
            let hold = || {
                let Some(node) = w.list.take(|_| true) else { return 0 };
                node.count_holder();
                w.list.let_go(node);
                1
            };
            let other = thread::spawn(hold);
            let holders = hold() + other.join().unwrap();
            assert!(holders > 0, "a node waited all the time for one of two");
            let node = w.list.take(|_| true).expect("L3: a node that waits is not found");
            assert_eq!(node.count_holder(), 2 + holders, "L1: a node had two holders");
            assert!(w.list.take(|_| true).is_none(), "L1: taken twice");
        });
    }

    #[test]
    fn nodes_that_are_entered_at_once_are_found_whole_and_none_is_lost() {
        model(|w| {
            let enter = |node: &'static Node| {
                node.count_holder();
                w.list.enter(node);
            };
            let one = thread::spawn(move || enter(&w.nodes[0]));
            let two = thread::spawn(move || enter(&w.nodes[1]));
            let look = || {
                let made = |node: &Node| {
                    // SAFETY: L2: whoever finds the node may read what was written before N1.
                    node.holders.with(|holders| unsafe { *holders })
                };
                let found: Vec<_> = w.list.iter().map(made).collect();
                assert!(found.iter().all(|&holders| holders == 2), "L2: found half made");
                found.len()
            };
            while look() == 0 {
                thread::yield_now();
            }
            one.join().unwrap();
            two.join().unwrap();
            assert_eq!(look(), 2, "a node is lost, or is in twice");
        });
    }
}
