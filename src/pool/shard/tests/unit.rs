//! What comes home to a shard, in one thread.

use super::super::*;

const OWNER: usize = 3;
const SENDER: usize = 4;
const OTHER: usize = 5;

/// Two slots come home to `shard` by the list, and go out again.
fn two_by_the_list(shard: &Shard, two: &[Header; 2]) {
    for header in two {
        // SAFETY: this test holds the slot.
        assert!(unsafe { shard.give_back(NonNull::from(header)) }.is_ok(), "S3: shut");
    }
    // SAFETY: the calling thread is the owner.
    let inside = unsafe { shard.enter(|| ()) };
    let wants_ring = inside.drain(OWNER);
    assert!(inside.pop(OWNER).is_some() && inside.pop(OWNER).is_some(), "S2: a slot is lost");
    drop(inside);
    if wants_ring {
        // SAFETY: as above.
        unsafe { shard.renew_ring(OWNER, || ()) };
    }
}

fn ring(shard: &Shard) -> Option<&Ring> {
    // SAFETY: X: the shard is there, and this test holds its slots.
    shard.ring().map(|ring| unsafe { ring.as_ref() })
}

#[test]
fn a_sender_who_does_other_things_by_now_gives_way_to_the_next() {
    let shard = Shard::new(NonNull::dangling(), usize::MAX, 0, true);
    let two = [(); 2].map(|()| Header::new(shard.home()));
    assert!(shard.claim(OWNER, || ()));
    assert!(ring(&shard).is_none(), "a ring that nobody wants");
    two_by_the_list(&shard, &two);
    let first = ring(&shard).expect("two came home at once");
    assert!(first.claim(SENDER) && !first.claim(OTHER), "M: two senders");
    // SAFETY: claimed, and the test holds the slot.
    assert!(unsafe { first.send(SENDER, NonNull::from(&two[0])) }, "X: the ring is not open");
    // SAFETY: the calling thread is the owner.
    assert!(unsafe { shard.enter(|| ()) }.pop(OWNER).is_some(), "S2: a slot is lost");
    let times = (1..100).find(|_| {
        two_by_the_list(&shard, &two);
        ring(&shard).is_some_and(|ring| !ptr::eq(ring, first))
    });
    assert!(times.is_some_and(|times| times > 2), "{times:?}: too early, or never");
    assert!(!first.is_from(SENDER), "H: the ring that was given up is open");
    let second = ring(&shard).expect("there was one before");
    assert!(second.claim(OTHER), "X: the new ring has the old sender");
    for ring in [first, second] {
        // SAFETY: claimed before; nobody is inside of `send`.
        unsafe { ring.resign() };
    }
}

#[test]
fn where_the_light_barrier_is_not_enough_no_ring_is_wanted() {
    let shard = Shard::new(NonNull::dangling(), usize::MAX, 0, false);
    let two = [(); 2].map(|()| Header::new(shard.home()));
    assert!(shard.claim(OWNER, || ()));
    for header in &two {
        // SAFETY: this test holds the slot.
        assert!(unsafe { shard.give_back(NonNull::from(header)) }.is_ok(), "S3: shut");
    }
    // SAFETY: the calling thread is the owner.
    let inside = unsafe { shard.enter(|| ()) };
    assert!(!inside.drain(OWNER), "a ring would be made for each drain, and never be used");
    assert!(inside.pop(OWNER).is_some() && inside.pop(OWNER).is_some(), "S2: a slot is lost");
}
