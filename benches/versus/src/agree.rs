//! `versus agree`: do two runs tell the same?

use crate::{
    metric::Metric,
    results::{Against, Results},
    tables::with_spread,
};
use anyhow::{Result, bail};

/// So many of the ratios are to agree, in percent.
const ENOUGH: usize = 80;

/// Compares the ratios of time in two runs, prints those whose spreads have no value in common; true
/// if enough of them do. A ratio is that of an allocator to the one that tables give ratios to.
pub(crate) fn agree(first: &Results, second: &Results) -> Result<bool> {
    let reference = first.reference();
    if second.reference() != reference {
        bail!("the runs give ratios to {reference} and to {}", second.reference());
    }
    let against = Against::Name(reference.into());
    let (mut agreed, mut compared) = (0, 0);
    for workload in first.workloads(None) {
        for allocator in first.allocators().filter(|&name| name != reference) {
            let ratio = |results: &Results| {
                results.compare(Metric::Wall, &workload.name, allocator, &against)
            };
            let (Some(one), Some(other)) = (ratio(first), ratio(second)) else { continue };
            let (one, other) = (one.ratio(), other.ratio());
            compared += 1;
            if one.agrees_with(&other) {
                agreed += 1;
            } else {
                let (one, other) = (with_spread(&one), with_spread(&other));
                println!("too noisy: {}, {allocator}: {one}, then {other}", workload.name);
            }
        }
    }
    if compared == 0 {
        bail!("the runs have no ratio in common");
    }
    let percent = 100 * agreed / compared;
    println!("{agreed} of {compared} ratios agree within their spreads: {percent} %");
    Ok(percent >= ENOUGH)
}
