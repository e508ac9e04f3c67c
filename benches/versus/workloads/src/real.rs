//! Published libraries at their work: what a program gains that only exchanges its allocator.
//!
//! All inputs are made here, and nothing leaves the machine.

mod hyper;
mod json;
mod lru;
mod maps;
mod rayon;
mod regex;
mod syn;
mod tantivy;
mod text;
mod tokio;

use crate::Workload;

/// The group `real`.
pub(crate) const ROWS: &[Workload] = &[
    json::SERDE_JSON,
    regex::REGEX_COMPILE,
    lru::LRU_CACHE,
    maps::MAP_CHURN,
    tokio::TOKIO_BYTES,
    rayon::RAYON_WORDS,
    hyper::HYPER_LOOPBACK,
    tantivy::TANTIVY_INDEX,
    syn::SYN_PARSE,
];
