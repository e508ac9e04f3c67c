//! What charts show, taken from the figures.

use crate::{
    metric::Metric,
    results::{Against, Results},
    tables::absolute,
};
use paired::Ratio;

/// Bars of one workload, or of one mean.
#[derive(Debug)]
pub(super) struct Panel {
    pub(super) title: String,
    /// What 1 stands for.
    pub(super) unit: String,
    pub(super) bars: Vec<Bar>,
}

#[derive(Debug)]
pub(super) struct Bar {
    pub(super) allocator: String,
    pub(super) ratio: Ratio,
}

/// An allocator's time and memory.
#[derive(Debug)]
pub(super) struct Point {
    pub(super) allocator: String,
    pub(super) time: f64,
    pub(super) memory: f64,
}

/// The ratio of an allocator to itself.
const ONE: Ratio = Ratio { value: 1.0, low: 1.0, high: 1.0 };

fn panel(
    results: &Results,
    title: String,
    unit: String,
    ratio: impl Fn(&str, &Against) -> Option<Ratio>,
) -> Option<Panel> {
    let reference = results.reference();
    let against = Against::Name(reference.into());
    let bars = results.allocators().filter_map(|allocator| {
        let ratio = if allocator == reference { Some(ONE) } else { ratio(allocator, &against) };
        Some(Bar { allocator: allocator.into(), ratio: ratio? })
    });
    let bars: Vec<Bar> = bars.collect();
    (bars.len() > 1).then_some(Panel { title, unit, bars })
}

/// The geometric means: time of each group, and memory.
pub(super) fn overview(results: &Results) -> Vec<Panel> {
    let reference = results.reference();
    let mean = |title: String, metric: Metric, group: Option<&str>| {
        let rows = results.workloads(group).filter(|row| results.counts(metric, &row.name)).count();
        let unit = format!("{rows} workloads, 1 = {reference}, left of it is better");
        panel(results, title, unit, |allocator, against| {
            results.geomean(metric, group, allocator, against)
        })
    };
    let time = results
        .groups()
        .into_iter()
        .filter(|group| *group != "memory")
        .filter_map(|group| mean(format!("{group}: time"), Metric::Wall, Some(group)));
    let memory = [
        mean("all groups: peak memory".into(), Metric::PeakRss, None),
        mean("memory after 2 idle seconds".into(), Metric::IdleRss, None),
    ];
    time.chain(memory.into_iter().flatten()).collect()
}

/// A panel for each workload of a group in which the metric counts.
pub(super) fn of_group(results: &Results, group: &str, metric: Metric) -> Vec<Panel> {
    let reference = results.reference();
    let unit = if metric.is_memory() { "MiB" } else { "s" };
    results
        .workloads(Some(group))
        .filter(|workload| results.counts(metric, &workload.name))
        .filter_map(|workload| {
            let one = results.figure(metric, &workload.name, reference)?;
            let one = format!("1 = {reference}: {} {unit}", absolute(metric, one));
            panel(results, workload.name.clone(), one, |allocator, against| {
                let paired = results.compare(metric, &workload.name, allocator, against)?;
                Some(paired.ratio())
            })
        })
        .collect()
}

/// Each allocator's geometric means over the workloads of a group, or all, whose memory counts.
pub(super) fn points(results: &Results, group: Option<&str>) -> Vec<Point> {
    let against = Against::Name(results.reference().into());
    results
        .allocators()
        .filter_map(|allocator| {
            let mean = |metric| results.geomean(metric, group, allocator, &against);
            Some(Point {
                allocator: allocator.into(),
                time: mean(Metric::Wall)?.value,
                memory: mean(Metric::PeakRss)?.value,
            })
        })
        .collect()
}
