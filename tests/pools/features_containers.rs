//! What pools elsewhere can do, as far as it is about containers and the memory in them.

use poolalloc::{Builder, Pool, PoolBox, Pooled, recycled};

#[test]
fn std_and_indexmap_container_impls() {
    fn is_pooled<T: poolalloc::EmptyOnReset>() {
        let mut object = recycled::<T>();
        assert!(!object.reset() && object.footprint() == 0, "new, and has memory");
    }
    is_pooled::<Vec<u8>>();
    is_pooled::<std::collections::VecDeque<u8>>();
    is_pooled::<std::collections::BinaryHeap<u8>>();
    is_pooled::<String>();
    is_pooled::<std::path::PathBuf>();
    is_pooled::<std::ffi::OsString>();
    is_pooled::<std::collections::HashMap<u8, u8>>();
    is_pooled::<std::collections::HashSet<u8>>();
    is_pooled::<Option<Vec<u8>>>();
    #[cfg(feature = "indexmap")]
    is_pooled::<indexmap::IndexMap<u8, u8, std::hash::RandomState>>();
    #[cfg(feature = "indexmap")]
    is_pooled::<indexmap::IndexSet<u8, std::hash::RandomState>>();
    #[cfg(feature = "hashbrown")]
    is_pooled::<hashbrown::HashMap<u8, u8, std::hash::RandomState>>();
    #[cfg(feature = "bytes")]
    is_pooled::<bytes::BytesMut>();
    #[cfg(feature = "smallvec")]
    is_pooled::<smallvec::SmallVec<[u8; 4]>>();
}

#[test]
fn from_iterator_and_extend_on_guard() {
    let mut digits: Pooled<Vec<u32>> = (0..5).collect();
    digits.extend(5..10);
    assert_eq!(digits.iter().sum::<u32>(), 45);
}

#[cfg(feature = "serde")]
#[test]
fn serde_on_guard() {
    let words: Pooled<Vec<String>> = ["a", "b"].map(String::from).into_iter().collect();
    let text = serde_json::to_string(&words).unwrap();
    let read: Pooled<Vec<String>> = serde_json::from_str(&text).unwrap();
    assert_eq!((text.as_str(), read), (r#"["a","b"]"#, words));
}

#[test]
fn non_static_contents() {
    fn lengths<'a>(words: &[&'a str]) -> usize {
        let mut seen: Pooled<Vec<&'a str>> = recycled();
        seen.extend(words);
        seen.iter().map(|word| word.len()).sum()
    }
    let owned = String::from("abc");
    assert_eq!(lengths(&[&owned, "de"]), 5);
    assert_eq!(lengths(&["f"]), 1);
    let pool: Pool<Vec<&str>> = Builder::recycle().build();
    pool.get().push(&owned);
}

#[test]
fn ambient_per_type_pool_no_handle() {
    recycled::<Vec<u16>>().reserve(100);
    assert!(recycled::<Vec<u16>>().capacity() >= 100);
}

#[test]
fn share_storage_across_same_layout_types() {
    // Replaced: the allocator below serves a `Vec<i64>` with the block that a `Vec<u64>` had.
    let first = PoolBox::new([1_u64; 8]);
    let at = (&raw const *first).addr();
    drop(first);
    assert_eq!((&raw const *PoolBox::new([1_i64; 8])).addr(), at);
}
