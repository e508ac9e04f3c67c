//! The HTML page: one file, without scripts and without anything from elsewhere.

use super::{chart, palette::Palette, panels};
use crate::{
    metric::Metric,
    results::{Against, Results},
    tables,
};
use anyhow::Result;
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = include_str!("page.css");

pub(super) fn html(results: &Results) -> Result<String> {
    let reference = results.reference();
    let overview = panels::overview(results);
    let points = panels::points(results, None);
    let mut groups = Vec::new();
    for group in results.groups() {
        groups.push(of_group(results, group)?);
    }
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "versus: allocators compared" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "Allocators compared" }
                dl {
                    @for (name, value) in tables::facts(&results.record.header) {
                        dt { (name) } dd { (value) }
                    }
                }
                p {
                    "Bars are ratios to " (reference) ": left of 1 is less time, or less memory. Lines "
                    "across their ends are spreads, the 95 % interval of the median over the rounds; "
                    "± is half of one, and ~ marks those too wide to tell close allocators apart. "
                    "Memory is above that of a process that does nothing, in the workloads where the "
                    "system's allocator needs 16 MiB or more."
                }
                (faults(results))
                h2 { "Geometric means" }
                (figures(&overview)?)
                @if !points.is_empty() {
                    h2 { "Time and memory" }
                    p { "Geometric means over all workloads: time in all, memory where it counts." }
                    (themed(|palette| chart::scatter(&points, reference, palette))?)
                }
                (behind(results))
                @for group in groups { (group) }
            }
        }
    };
    Ok(page.into_string())
}

/// A chart in both palettes, of which the page's style shows one.
fn themed(draw: impl Fn(&Palette) -> Result<String>) -> Result<Markup> {
    let mut charts = Vec::new();
    for palette in &Palette::ALL {
        charts.push((palette.class, draw(palette)?));
    }
    Ok(html! {
        @for (class, svg) in charts {
            figure class=(class) { (PreEscaped(svg)) }
        }
    })
}

/// The panels, as many side by side as fit.
fn figures(panels: &[panels::Panel]) -> Result<Markup> {
    let mut charts = Vec::new();
    for panel in panels {
        charts.push(themed(|palette| chart::grid(std::slice::from_ref(panel), 1, palette))?);
    }
    Ok(html! { div.panels { @for chart in charts { (chart) } } })
}

/// A group's charts: time, then memory.
fn of_group(results: &Results, group: &str) -> Result<Markup> {
    let time = figures(&panels::of_group(results, group, Metric::Wall))?;
    let peak = panels::of_group(results, group, Metric::PeakRss);
    let idle = panels::of_group(results, group, Metric::IdleRss);
    let (peak_charts, idle_charts) = (figures(&peak)?, figures(&idle)?);
    Ok(html! {
        h2 { "Group " (group) }
        table {
            @for workload in results.workloads(Some(group)) {
                tr { th { (workload.name) } td { (workload.about) } }
            }
        }
        h3 { "Time" }
        (time)
        @if !peak.is_empty() { h3 { "Peak memory" } (peak_charts) }
        @if !idle.is_empty() { h3 { "Memory after 2 s without allocations" } (idle_charts) }
    })
}

/// Where the subject takes longest compared to its best peer.
fn behind(results: &Results) -> Markup {
    let rows = tables::furthest_behind(results);
    let mean = results.geomean(Metric::Wall, None, tables::SUBJECT, &Against::Best);
    html! {
        @if !rows.is_empty() {
            h2 { "Where " (tables::SUBJECT) " is furthest behind its best peer" }
            table {
                @for (workload, peer, ratio) in &rows {
                    tr { th { (workload) } td { (tables::with_spread(ratio)) " × " (peer) } }
                }
                @if let Some(mean) = mean {
                    tr {
                        th { "geometric mean of all" }
                        td { (tables::with_spread(&mean)) " × the best peer of each" }
                    }
                }
            }
        }
    }
}

/// What failed.
fn faults(results: &Results) -> Markup {
    html! {
        @if !results.record.faults.is_empty() || !results.wrong.is_empty() {
            h2 { "What failed" }
            ul {
                @for fault in &results.record.faults { li { (tables::fault_line(fault)) } }
                @for wrong in &results.wrong { li { "wrong: " (wrong) } }
            }
        }
    }
}
