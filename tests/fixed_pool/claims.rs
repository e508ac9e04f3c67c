//! Who may send and share what: checked by the compiler.

use poolalloc::{
    Closed, GetTimeoutError, TryGetError,
    fixed::{Get, Pool, Pooled, PooledArc},
};
use static_assertions::{assert_impl_all, assert_not_impl_any};
use std::{cell::Cell, error::Error, hash::Hash, rc::Rc, sync::MutexGuard};

/// Send, not Sync: a connection, a cell.
type Sent = Cell<u32>;
/// Sync, not Send.
type Shared = MutexGuard<'static, u32>;
/// Neither.
type Local = Rc<u32>;

assert_impl_all!(Pool<Sent, 4>: Send, Sync);
assert_not_impl_any!(Pool<Shared, 4>: Send, Sync);
assert_not_impl_any!(Pool<Local, 4>: Send, Sync);

assert_impl_all!(Pooled<'static, u32>: Send, Sync);
assert_impl_all!(Pooled<'static, Sent>: Send);
assert_not_impl_any!(Pooled<'static, Sent>: Sync);
assert_not_impl_any!(Pooled<'static, Shared>: Send);
assert_not_impl_any!(Pooled<'static, Local>: Send, Sync);

assert_impl_all!(PooledArc<'static, u32>: Send, Sync, Clone);
assert_not_impl_any!(PooledArc<'static, Sent>: Send, Sync);
assert_not_impl_any!(PooledArc<'static, Shared>: Send, Sync);
assert_not_impl_any!(PooledArc<'static, Local>: Send, Sync);

assert_impl_all!(Get<'static, Sent>: Send);
assert_not_impl_any!(Get<'static, Shared>: Send);
assert_not_impl_any!(Get<'static, Local>: Send);
// A node of the queue lies in it.
assert_not_impl_any!(Get<'static, u32>: Unpin);

assert_impl_all!(Closed: Error, Send, Sync, Copy, Eq, Hash);
assert_impl_all!(TryGetError: Error, Send, Sync, Copy, Eq, Hash, From<Closed>);
assert_impl_all!(GetTimeoutError: Error, Send, Sync, Copy, Eq, Hash, From<Closed>);
