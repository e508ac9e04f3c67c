//! What a pool hands from thread to thread is `Send`.

use poolalloc::Pool;
use std::rc::Rc;

fn main() {
    let _ = Pool::new(|| Rc::new(0_u8)).get();
}
