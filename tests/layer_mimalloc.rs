//! `PoolAlloc` over MiMalloc: large requests, and they alone, go there.

mod common;

use common::layer::{self, Watched};
use mimalloc::MiMalloc;
use poolalloc::PoolAlloc;

static WATCHED: Watched<MiMalloc> = Watched::new(MiMalloc);
static POOL: PoolAlloc<&'static Watched<MiMalloc>> = PoolAlloc::new().with_large(&WATCHED);

#[test]
fn large_requests_and_they_alone_go_to_mimalloc() {
    if common::POOLED {
        layer::holds_for(&WATCHED, &POOL);
    }
}
