//! poolshark: the hasher stays in a cleared map. One that borrows does not enter `recycled`.

use poolalloc::{Pooled, recycled};
use std::{
    collections::HashMap,
    hash::{BuildHasher, DefaultHasher},
};

#[derive(Default)]
struct Borrows<'a>(&'a str);

impl BuildHasher for Borrows<'_> {
    type Hasher = DefaultHasher;
    fn build_hasher(&self) -> DefaultHasher {
        DefaultHasher::new()
    }
}

fn use_it<'a>(_: &'a str) {
    let _map: Pooled<HashMap<u64, u64, Borrows<'a>>> = recycled();
}

fn main() {
    use_it("");
}
