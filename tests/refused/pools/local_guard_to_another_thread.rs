//! A guard of a local pool stays in its thread.

use poolalloc::local::Pool;

fn main() {
    let pool = Pool::new(|| 0_u8);
    let object = pool.get();
    std::thread::spawn(move || drop(object));
}
