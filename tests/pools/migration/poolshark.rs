//! What is written instead of the items of poolshark.

use super::From;
use poolalloc::{Builder, EmptyOnReset, Pool, Pooled, PooledArc, Recycle, local, recycled};
use static_assertions::assert_impl_all;
use std::{
    borrow::Borrow,
    collections::{HashMap, HashSet, VecDeque},
    fmt,
    hash::Hash,
    ptr,
    sync::{Arc, LazyLock, Weak},
};

pub(super) const FROM: From = From {
    heading: "poolshark 0.2.10",
    items: &[
        "Discriminant",
        "Discriminant::add_param",
        "Discriminant::add_size",
        "Discriminant::empty",
        "Discriminant::new",
        "Discriminant::new_p1",
        "Discriminant::new_p1_size",
        "Discriminant::new_p2",
        "Discriminant::new_p2_size",
        "Discriminant::new_p3",
        "IsoPoolable",
        "IsoPoolable::DISCRIMINANT",
        "LocationId",
        "Poolable",
        "Poolable::capacity",
        "Poolable::empty",
        "Poolable::really_dropped",
        "Poolable::reset",
        "RawPoolable",
        "RawPoolable::capacity",
        "RawPoolable::empty",
        "RawPoolable::really_drop",
        "RawPoolable::reset",
        "global::GPooled",
        "global::GPooled::assign",
        "global::GPooled::detach",
        "global::GPooled::orphan",
        "global::GPooled::take",
        "global::GPooled::take_sz",
        "global::Pool",
        "global::RawPool",
        "global::RawPool::downgrade",
        "global::RawPool::insert",
        "global::RawPool::new",
        "global::RawPool::prune",
        "global::RawPool::take",
        "global::RawPool::try_take",
        "global::WeakPool",
        "global::WeakPool::new",
        "global::WeakPool::upgrade",
        "global::arc::Arc",
        "global::arc::Arc::as_ptr",
        "global::arc::Arc::downgrade",
        "global::arc::Arc::get_mut",
        "global::arc::Arc::make_mut",
        "global::arc::Arc::new",
        "global::arc::Arc::strong_count",
        "global::arc::Arc::weak_count",
        "global::arc::TArc",
        "global::arc::TArc::as_ptr",
        "global::arc::TArc::get_mut",
        "global::arc::TArc::is_unique",
        "global::arc::TArc::make_mut",
        "global::arc::TArc::new",
        "global::arc::TArc::strong_count",
        "global::arc::Weak",
        "global::arc::Weak::strong_count",
        "global::arc::Weak::upgrade",
        "global::arc::Weak::weak_count",
        "global::clear",
        "global::clear_type",
        "global::get_size",
        "global::pool",
        "global::pool_any",
        "global::pool_sz",
        "global::set_size",
        "global::take",
        "global::take_any",
        "global::take_sz",
        "local::LPooled",
        "local::LPooled::detach",
        "local::LPooled::take",
        "local::LPooled::take_sz",
        "local::clear",
        "local::clear_type",
        "local::get_size",
        "local::insert",
        "local::insert_raw",
        "local::insert_raw_sz",
        "local::insert_sz",
        "local::set_size",
        "local::take",
        "local::take_sz",
        "location_id",
    ],
    program: include_str!("poolshark.rs"),
};

/// What is pooled.
type T = String;

// The containers that could be pooled there, and the traits of the guards.
assert_impl_all!(HashMap<u8, u8>: EmptyOnReset);
assert_impl_all!(HashSet<u8>: EmptyOnReset);
assert_impl_all!(Vec<u8>: EmptyOnReset);
assert_impl_all!(VecDeque<u8>: EmptyOnReset);
assert_impl_all!(String: EmptyOnReset);
assert_impl_all!(Option<String>: Recycle);
assert_impl_all!(Pooled<T>: Clone, fmt::Debug, fmt::Display, Eq, Ord, Hash, Default);
assert_impl_all!(Pooled<T>: std::convert::From<String>, FromIterator<char>, Extend<char>);
assert_impl_all!(Pooled<T>: AsRef<String>, Borrow<String>, Borrow<str>);
assert_impl_all!(PooledArc<T>: Clone, fmt::Debug, Eq, Ord, Hash, std::ops::Deref<Target = String>);
assert_impl_all!(Pool<T>: Clone, fmt::Debug);
#[cfg(feature = "serde")]
assert_impl_all!(Pooled<T>: serde::Serialize, serde::de::DeserializeOwned);

/// With the feature `derive`: `#[derive(Recycle)]`.
#[derive(Default)]
struct Mine(Vec<u8>);

impl Recycle for Mine {
    fn create() -> Self {
        Self::default()
    }

    fn reset(&mut self) -> bool {
        self.0.reset()
    }
}

// SAFETY: reset, there is nothing in the vector.
unsafe impl EmptyOnReset for Mine {}

#[test]
fn a_type_says_how_it_is_pooled() {
    let mut value = T::create();
    value.push('a');
    assert!(value.reset() && value.is_empty());
    assert_eq!(value.footprint(), value.capacity());
    assert_eq!(recycled::<Mine>().0, [0; 0]);
}

#[test]
fn what_was_local_is_recycled_or_a_pool_of_one_thread() {
    let (n, fits, value) = (2, |object: &T| object.capacity() <= 64, T::from("value"));
    let object: Pooled<T> = recycled::<T>();
    assert!(Pooled::detach(object).is_empty());
    drop(Pooled::from(value));
    let pool = local::Builder::<T>::recycle().max_idle(n).keep_if(fits).build();
    drop([pool.get(), pool.get(), pool.get()]);
    pool.get().reserve(100);
    pool.shrink_to(0);
    assert_eq!(pool.stats().idle, 0);
}

#[test]
fn what_was_global_is_a_pool() {
    let (n, fits, make) = (2, |object: &T| object.capacity() <= 64, T::new);
    static POOL: Pool<T> = Pool::of();
    static LIMITED: LazyLock<Pool<T>> =
        LazyLock::new(|| Builder::<T>::recycle().capacity(2).prefill(2).build());
    POOL.get().push('a');
    POOL.shrink_to(0);
    assert_eq!((POOL.stats().idle, LIMITED.try_get().is_ok()), (0, true));

    let pool: Pool<T> = Builder::<T>::recycle().max_idle(n).keep_if(fits).build();
    let (object, value) = (pool.get(), T::from("value"));
    drop(object);
    assert_eq!((pool.put(value), pool.get().as_str()), (Ok(()), ""));
    pool.shrink_to(0);
    let value = T::from("value");
    assert_eq!(*Pool::new(make).adopt(value), "value");
    let object = POOL.adopt(T::with_capacity(8));
    drop(pool.adopt(Pooled::detach(object)));
    assert_eq!((POOL.stats().live, pool.stats().idle), (0, 1));
    let keep = |object: &mut T| object.capacity() > 1000;
    pool.shrink_to(n);
    pool.retain(keep);
    assert_eq!(pool.stats().idle, 0);
    let bounded = Builder::<T>::recycle().capacity(n).prefill(n).build();
    let pool = &bounded;
    assert_eq!(
        [pool.try_get(), pool.try_get(), pool.try_get()].map(|got| got.is_ok()),
        [true, true, false]
    );

    let handle = Arc::new(bounded);
    let weak: Weak<Pool<T>> = Arc::downgrade(&handle);
    drop(handle);
    assert!(weak.upgrade().is_none());
}

#[test]
fn what_was_an_arc_is_a_guard_that_is_shared() {
    let pool = Pool::new(T::new);
    let value = T::from("a");
    let mut shared: PooledArc<T> = Pooled::into_shared(pool.adopt(value));
    PooledArc::get_mut(&mut shared).unwrap().push('b');
    assert!(PooledArc::get_mut(&mut shared).is_some());
    let mut other = shared.clone();
    assert_eq!(PooledArc::strong_count(&shared), 2);
    PooledArc::make_mut(&mut shared).push('c');
    assert_ne!(ptr::from_ref(&*shared), ptr::from_ref(&*other));
    assert_eq!((shared.as_str(), PooledArc::make_mut(&mut other).as_str()), ("abc", "ab"));

    let object = pool.get();
    drop(Pooled::into_shared(object));
    let object = pool.get();
    let strong: Arc<Pooled<T>> = Arc::new(object);
    let weak = Arc::downgrade(&strong);
    assert_eq!(
        (Arc::strong_count(&strong), weak.weak_count(), weak.upgrade().is_some()),
        (1, 1, true)
    );
}
