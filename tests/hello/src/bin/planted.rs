//! What must be seen: data, and memory that is used, that the other two do not have.

use std::{hint::black_box, sync::Mutex};

static DATA: Mutex<[u8; 8 << 10]> = Mutex::new([1; 8 << 10]);

fn main() {
    let memory = black_box(vec![1_u8; 256 << 10]);
    *DATA.lock().unwrap() = [memory[0]; _];
    hello::run();
}
