//! What may not be sent does not get to another thread through a pool.

use poolalloc::fixed::Pool;
use std::sync::{Mutex, MutexGuard};

fn main() {
    let mutex = Mutex::new(5);
    let pool = Pool::<Option<MutexGuard<'_, u32>>, 1>::new([None]);
    *pool.try_get().unwrap() = Some(mutex.lock().unwrap());
    std::thread::scope(|scope| {
        scope.spawn(|| drop(pool.try_get().unwrap().take()));
    });
}
