//! Who may be sent and shared.

use poolalloc::{Builder, Pool, PoolBox, Pooled, PooledArc, TryPool, local};
use static_assertions::{assert_impl_all, assert_not_impl_any};
use std::{cell::Cell, rc::Rc, sync::MutexGuard};

assert_impl_all!(Pool<u8>: Send, Sync);
assert_impl_all!(Pool<Cell<u8>>: Send, Sync);
assert_not_impl_any!(Pool<Rc<u8>>: Send, Sync);
assert_not_impl_any!(Pool<MutexGuard<'static, u8>>: Send, Sync);
assert_impl_all!(TryPool<u8, Rc<u8>>: Send, Sync);
assert_not_impl_any!(TryPool<Rc<u8>, u8>: Send, Sync);

assert_impl_all!(Pooled<u8>: Send, Sync);
assert_impl_all!(Pooled<Cell<u8>>: Send);
assert_not_impl_any!(Pooled<Cell<u8>>: Sync);
assert_not_impl_any!(Pooled<Rc<u8>>: Send, Sync);
assert_impl_all!(Pooled<MutexGuard<'static, u8>>: Sync);
assert_not_impl_any!(Pooled<MutexGuard<'static, u8>>: Send);

assert_impl_all!(PooledArc<u8>: Send, Sync);
assert_not_impl_any!(PooledArc<Cell<u8>>: Send, Sync);
assert_not_impl_any!(PooledArc<MutexGuard<'static, u8>>: Send, Sync);

assert_impl_all!(PoolBox<u8>: Send, Sync);
assert_impl_all!(PoolBox<Cell<u8>>: Send);
assert_not_impl_any!(PoolBox<Cell<u8>>: Sync);
assert_not_impl_any!(PoolBox<Rc<u8>>: Send, Sync);

assert_not_impl_any!(local::Pool<u8>: Send, Sync);
assert_not_impl_any!(local::Pooled<u8>: Send, Sync);
assert_not_impl_any!(Builder<u8>: Send, Sync);

fn is_send(_: impl Send) {}

#[test]
fn the_futures_of_a_pool_go_from_thread_to_thread() {
    let pool = Pool::new(|| Cell::new(0));
    is_send(pool.get_async());
    let pool = Pool::try_new(|| Ok::<_, ()>(Cell::new(0)));
    is_send(pool.get_async());
}

#[test]
fn a_guard_is_one_word() {
    assert_eq!(size_of::<Pooled<[u64; 9]>>(), size_of::<usize>());
    assert_eq!(size_of::<Option<Pooled<u8>>>(), size_of::<usize>());
    assert_eq!(size_of::<local::Pooled<u8>>(), size_of::<usize>());
    assert_eq!(size_of::<PooledArc<u8>>(), size_of::<usize>());
}
