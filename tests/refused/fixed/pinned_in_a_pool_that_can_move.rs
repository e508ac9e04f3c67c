//! Only an object whose pool stays where it is for ever can be pinned.

use poolalloc::fixed::{Pool, Pooled};

fn main() {
    let pool = Pool::new([1]);
    let pinned = Pooled::into_pin(pool.try_get().unwrap());
    drop(pinned);
}
