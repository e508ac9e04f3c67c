//! The figures as CSV.

use crate::{
    metric::Metric,
    results::{Against, Results},
};
use anyhow::Result;

/// A line for each workload, allocator and metric: the figure (seconds, or bytes above the baseline),
/// and its ratio to the allocator that tables give ratios to.
#[derive(serde::Serialize)]
struct Line<'a> {
    workload: &'a str,
    group: &'a str,
    allocator: &'a str,
    metric: &'static str,
    figure: f64,
    against: &'a str,
    ratio: Option<f64>,
    /// The spread; empty with too few rounds.
    low: Option<f64>,
    high: Option<f64>,
    is_noisy: Option<bool>,
}

pub(super) fn csv(results: &Results) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let reference = results.reference();
    let against = Against::Name(reference.into());
    for workload in results.workloads(None) {
        for allocator in results.allocators() {
            for metric in Metric::ALL {
                let Some(figure) = results.figure(metric, &workload.name, allocator) else {
                    continue;
                };
                let ratio = results
                    .compare(metric, &workload.name, allocator, &against)
                    .map(|paired| paired.ratio());
                let spread = ratio.filter(|ratio| ratio.has_spread());
                writer.serialize(Line {
                    workload: &workload.name,
                    group: &workload.group,
                    allocator,
                    metric: metric.name(),
                    figure,
                    against: reference,
                    ratio: ratio.map(|ratio| ratio.value),
                    low: spread.map(|ratio| ratio.low),
                    high: spread.map(|ratio| ratio.high),
                    is_noisy: ratio.map(|ratio| ratio.is_noisy()),
                })?;
            }
        }
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}
