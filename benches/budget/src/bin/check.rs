//! Counts the instructions per pair and compares them with `budget.toml`.
//!
//! Counted by callgrind, as the difference between a run of many pairs and one of twice as many,
//! so start-up falls out:
//!
//! * profile `release`: what is executed in `__rust_alloc`, `__rust_dealloc`,
//!   `__rust_no_alloc_shim_is_unstable` and below, with their returns. The calls are the caller's.
//! * profile `lto-fat`: the whole loop, less the same loop with no allocation in it. There
//!   everything is inlined, so nothing else can tell the allocator from its caller.

use budget::{
    committed::{self, Options},
    count::{SHIM, build, per_count, skipped},
};
use clap::Parser;
use std::process::ExitCode;

/// Pairs in the shorter run.
const PAIRS: u32 = 200_000;

fn main() -> ExitCode {
    let options = Options::parse();
    if let Some(status) = skipped() {
        return status;
    }
    let (release, lto) = (build("pairs", "release"), build("pairs", "lto-fat"));
    committed::hold("budget.toml", options.bless, |name| {
        let (profile, size) = name.split_once('-').expect("a name is profile-size");
        match profile {
            "release" => per_count(&release, &["sized", size], PAIRS, Some(SHIM)),
            _ => {
                per_count(&lto, &["constant", size], PAIRS, None)
                    - per_count(&lto, &["none", size], PAIRS, None)
            }
        }
    })
}
