//! Unit tests only: atomics that can stop a thread for good before any one of its writes.
//!
//! So a test plays the thread that is in the middle of something when another thread of the
//! process forks. The types are those that slabs and sets are made of.

extern crate std;

use core::{cell::Cell, ops::Deref, sync::atomic, sync::atomic::Ordering};

std::thread_local! { static LEFT: Cell<Option<u32>> = const { Cell::new(None) } }

/// The payload of the panic that stands for "this thread does not exist any more".
#[derive(Debug)]
pub(crate) struct Vanished;

/// Runs `f`, which may do `writes` atomic writes and vanishes at the next; `None` if it did.
pub(crate) fn vanish_after<T>(writes: u32, f: impl FnOnce() -> T) -> Option<T> {
    LEFT.set(Some(writes));
    let result = std::panic::catch_unwind(core::panic::AssertUnwindSafe(f));
    LEFT.set(None);
    match result {
        Ok(value) => Some(value),
        Err(payload) if payload.is::<Vanished>() => None,
        Err(payload) => std::panic::resume_unwind(payload),
    }
}

fn count_a_write() {
    match LEFT.get() {
        Some(0) => std::panic::resume_unwind(std::boxed::Box::new(Vanished)),
        Some(left) => LEFT.set(Some(left - 1)),
        None => {}
    }
}

/// The atomic of this name, whose writes count; what is not named here comes by `Deref`, and
/// does not.
macro_rules! atomic {
    ($name:ident, $int:ty, { $($write:ident($($arg:ident: $of:ty),+) -> $result:ty;)+ }) => {
        #[derive(Debug)]
        #[repr(transparent)]
        pub(crate) struct $name(atomic::$name);

        #[allow(dead_code, reason = "one set of methods for each width")]
        impl $name {
            pub(crate) const fn new(value: $int) -> Self {
                Self(atomic::$name::new(value))
            }

            $(pub(crate) fn $write(&self, $($arg: $of),+) -> $result {
                count_a_write();
                self.0.$write($($arg),+)
            })+
        }

        impl Deref for $name {
            type Target = atomic::$name;

            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }
    };
    ($name:ident, $int:ty) => {
        atomic!($name, $int, {
            store(value: $int, order: Ordering) -> ();
            swap(value: $int, order: Ordering) -> $int;
            fetch_or(value: $int, order: Ordering) -> $int;
            fetch_and(value: $int, order: Ordering) -> $int;
            compare_exchange(from: $int, to: $int, ok: Ordering, err: Ordering)
                -> Result<$int, $int>;
            compare_exchange_weak(from: $int, to: $int, ok: Ordering, err: Ordering)
                -> Result<$int, $int>;
        });
    };
}
atomic!(AtomicU8, u8);
atomic!(AtomicU16, u16);
atomic!(AtomicU64, u64);
