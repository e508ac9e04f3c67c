//! On the system's allocator.

fn main() {
    hello::run();
}
