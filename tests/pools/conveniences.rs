//! Guards pass for their objects, and are cloned, shared and taken apart.

use poolalloc::{Pool, PoolBox, Pooled, TryGetError, local, recycled};
use std::{
    collections::{BTreeSet, HashMap},
    ptr,
};

#[test]
fn a_guard_compares_prints_and_hashes_as_its_object() {
    let (a, b): (Pooled<String>, Pooled<String>) = (String::from("a").into(), recycled());
    assert!(a > b && a == a.clone());
    assert_eq!((format!("{a}"), format!("{a:?}")), ("a".into(), "\"a\"".into()));
    let mut map = HashMap::new();
    map.insert(a, 1);
    assert_eq!(map.get("a"), Some(&1), "found by its text");
    let set: BTreeSet<PoolBox<u8>> = [2, 1].map(PoolBox::new).into();
    assert_eq!(**set.first().unwrap(), 1);
    let mut text = local::Pool::<String>::of().get();
    text.as_mut().push('x');
    assert_eq!((text.as_ref(), text.len()), (&String::from("x"), 1));
}

#[test]
fn a_clone_is_of_the_same_home_and_uses_what_is_idle() {
    for pool in [Pool::<Vec<u8>>::of(), poolalloc::Builder::recycle().capacity(2).build()] {
        let mut idle = pool.get();
        let mut original = pool.get();
        original.extend([1, 2, 3]);
        idle.reserve(100);
        let at = idle.as_ptr();
        drop(idle);
        let clone = original.clone();
        assert_eq!((&clone, clone.as_ptr()), (&original, at));
        drop((original, clone));
        assert_eq!((pool.stats().created, pool.stats().idle), (2, 2));
    }
}

#[test]
fn try_clone_keeps_to_the_capacity_and_clone_does_not() {
    let pool = Pool::builder(|| 1).capacity(2).build();
    let first = pool.try_get().unwrap();
    let second = Pooled::try_clone(&first).unwrap();
    assert_eq!(Pooled::try_clone(&second).unwrap_err(), TryGetError::Empty);
    let third = second.clone();
    assert_eq!(*third, 1);
    drop((first, second, third));
    assert_eq!(pool.stats().live, 2);
}

#[test]
fn a_raw_pointer_keeps_an_object_in_use() {
    for pool in [Pool::new(|| 7), Pool::builder(|| 7).capacity(1).build()] {
        let raw = Pooled::into_raw(pool.get());
        assert_eq!(pool.stats().idle, 0);
        // SAFETY: it came from `into_raw` just now.
        let object = unsafe { Pooled::from_raw(raw) };
        assert!(ptr::eq(&raw const *object, raw.as_ptr()));
        drop(object);
        assert_eq!(pool.stats().idle, 1);
    }
}

#[test]
fn a_box_is_a_box() {
    let mut boxed: PoolBox<Vec<u8>> = (0..3).collect();
    boxed.push(3);
    assert_eq!(PoolBox::into_inner(boxed.clone()), [0, 1, 2, 3]);
    // SAFETY: it came from `into_raw` just now.
    let same = unsafe { PoolBox::from_raw(PoolBox::into_raw(boxed)) };
    assert_eq!(PoolBox::into_pin(same).len(), 4);
    assert_eq!(*PoolBox::leak(PoolBox::new(())), ());
    let aligned = PoolBox::new(Aligned([1; 100]));
    assert_eq!((&raw const *aligned).addr() % 256, 0);
}

#[repr(align(256))]
struct Aligned(#[expect(dead_code, reason = "takes place")] [u8; 100]);

#[test]
fn boxes_go_from_thread_to_thread_and_outlive_the_one_that_made_them() {
    let boxes = std::thread::spawn(|| [PoolBox::new([1_u64; 8]), PoolBox::new([2; 8])]);
    let [first, second] = boxes.join().unwrap();
    assert_eq!(first[0] + second[7], 3);
}

#[cfg(feature = "derive")]
#[test]
fn a_struct_of_containers_is_recycled_by_derive() {
    use poolalloc::Recycle;

    #[derive(Recycle)]
    struct Frame<T> {
        bytes: Vec<u8>,
        names: Vec<T>,
        #[recycle(default)]
        number: u64,
    }
    #[derive(Recycle)]
    struct Pair(Vec<u8>, String);

    let pool: Pool<Frame<String>> = Pool::of();
    let mut frame = pool.get();
    frame.bytes.reserve(100);
    frame.names.push("a".into());
    frame.number = 7;
    drop(frame);
    let frame = pool.get();
    assert!(frame.bytes.capacity() >= 100 && frame.bytes.is_empty() && frame.names.is_empty());
    assert_eq!((frame.number, pool.stats().created), (0, 1));
    let mut pair = Pair::create();
    pair.0.reserve_exact(10);
    pair.1.reserve_exact(5);
    assert_eq!((pair.footprint(), pair.reset()), (15, true));
    assert!(!Pair::create().reset(), "nothing in it is worth keeping");
}
