//! `PoolAlloc` over System: large requests, and they alone, go there.

use crate::common::POOLED;
use crate::common::layer::{self, Watched};
use poolalloc::PoolAlloc;
use std::alloc::System;

static WATCHED: Watched<System> = Watched::new(System);
static LAYERED: PoolAlloc<&'static Watched<System>> = PoolAlloc::new().with_large(&WATCHED);

#[test]
fn large_requests_and_they_alone_go_to_system() {
    if POOLED {
        layer::holds_for(&WATCHED, &LAYERED);
    }
}
