//! The global allocator of this build.

/// The allocator that is chosen by a feature, and its name. Two chosen features are two modules of
/// one name, and none is none: neither compiles.
macro_rules! allocators {
    ($($feature:literal: $name:literal = $value:expr => $type:ty;)*) => {
        $(
            #[cfg(feature = $feature)]
            mod chosen {
                #[global_allocator]
                static ALLOCATOR: $type = $value;
                pub(super) const NAME: &str = $name;
            }
        )*
    };
}

allocators! {
    "alloc-poolalloc": "poolalloc" = poolalloc::PoolAlloc::new() => poolalloc::PoolAlloc;
    "alloc-poolalloc-system": "poolalloc+system" =
        poolalloc::PoolAlloc::new().with_large(std::alloc::System)
        => poolalloc::PoolAlloc<std::alloc::System>;
    "alloc-poolalloc-mimalloc": "poolalloc+mimalloc" =
        poolalloc::PoolAlloc::new().with_large(mimalloc::MiMalloc)
        => poolalloc::PoolAlloc<mimalloc::MiMalloc>;
    "alloc-poolalloc-never-huge": "poolalloc:never-huge" =
        poolalloc::PoolAlloc::new().huge_pages(poolalloc::HugePages::Never) => poolalloc::PoolAlloc;
    "alloc-poolalloc-always-huge": "poolalloc:always-huge" =
        poolalloc::PoolAlloc::new().huge_pages(poolalloc::HugePages::Always) => poolalloc::PoolAlloc;
    "alloc-poolalloc-magazines-64k": "poolalloc:magazines-64k" =
        poolalloc::PoolAlloc::new().magazine_bytes(64 << 10) => poolalloc::PoolAlloc;
    "alloc-poolalloc-magazines-4m": "poolalloc:magazines-4m" =
        poolalloc::PoolAlloc::new().magazine_bytes(4 << 20) => poolalloc::PoolAlloc;
    "alloc-poolalloc-no-scavenger": "poolalloc:no-scavenger" =
        poolalloc::PoolAlloc::new().scavenger(false) => poolalloc::PoolAlloc;
    "alloc-poolalloc-purge-50ms": "poolalloc:purge-50ms" =
        poolalloc::PoolAlloc::new().purge_after(50) => poolalloc::PoolAlloc;
    "alloc-poolalloc-purge-5s": "poolalloc:purge-5s" =
        poolalloc::PoolAlloc::new().purge_after(5000) => poolalloc::PoolAlloc;
    "alloc-system": "system" = std::alloc::System => std::alloc::System;
    "alloc-mimalloc": "mimalloc" = mimalloc::MiMalloc => mimalloc::MiMalloc;
    "alloc-mimalloc2": "mimalloc2" = mimalloc::MiMalloc => mimalloc::MiMalloc;
    "alloc-jemalloc": "jemalloc" = tikv_jemallocator::Jemalloc => tikv_jemallocator::Jemalloc;
    "alloc-snmalloc": "snmalloc" = snmalloc_rs::SnMalloc => snmalloc_rs::SnMalloc;
    "alloc-rpmalloc": "rpmalloc" = rpmalloc::RpMalloc => rpmalloc::RpMalloc;
    "alloc-stoolap-jemalloc": "stoolap-jemalloc" =
        stoolap_jemalloc::Jemalloc::new() => stoolap_jemalloc::Jemalloc;
    "alloc-rusty_alloc": "rusty_alloc" = rusty_alloc_api::RustyAlloc => rusty_alloc_api::RustyAlloc;
    "alloc-sefer-alloc": "sefer-alloc" =
        sefer_alloc::SeferAlloc::new() => sefer_alloc::SeferAlloc;
    "alloc-planted-slow": "planted-slow" = crate::planted::Slow => crate::planted::Slow;
    "alloc-planted-leaky": "planted-leaky" = crate::planted::Leaky => crate::planted::Leaky;
}

/// Its name, as tables have it.
pub(crate) const NAME: &str = chosen::NAME;
