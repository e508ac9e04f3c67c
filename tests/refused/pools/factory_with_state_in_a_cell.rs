//! nexus: the reset function is re-entered. Here it is `Fn`: state that it changes is in a lock.

use poolalloc::local::Pool;

fn main() {
    let mut log = vec![1, 2, 3];
    let _pool = Pool::builder(|| 0_u64).reset(move |n| log.push(*n)).build();
}
