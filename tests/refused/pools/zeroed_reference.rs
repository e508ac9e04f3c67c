//! syncpool: `make_box` gives safe code a zeroed reference. Here the place must be filled.

use poolalloc::PoolBox;

fn main() {
    let _null: PoolBox<&'static u64> = PoolBox::new_in_place(|place| place);
}
