//! What is printed: a table per group and metric, and what did not go well.

use crate::{
    metric::Metric,
    record::{Fault, Header},
    results::{Against, Results},
};
use comfy_table::{CellAlignment, Table, presets};
use paired::Ratio;

/// Whose best peers are shown.
pub(crate) const SUBJECT: &str = "poolalloc";

/// So many rows are named in which the subject is furthest behind.
const FURTHEST: usize = 5;

/// Prints a table for each group and metric that was measured, and where the subject is furthest
/// behind.
pub(crate) fn print(results: &Results) {
    print_header(&results.record.header);
    for group in results.groups() {
        for metric in Metric::ALL {
            print_table(results, group, metric);
        }
    }
    let behind = furthest_behind(results);
    if !behind.is_empty() {
        println!("Where {SUBJECT} is furthest behind its best peer in time:");
        for (workload, peer, ratio) in behind {
            println!("  {workload}: {} × {peer}", with_spread(&ratio));
        }
    }
}

fn print_header(header: &Header) {
    for (name, value) in facts(header) {
        println!("{name:<11} {value}");
    }
    println!();
}

/// The header as names and values.
pub(crate) fn facts(header: &Header) -> Vec<(&'static str, String)> {
    let memory = header.memory_bytes as f64 / f64::from(1 << 30);
    let mut facts = vec![
        ("machine", format!("{}, {} cores, {memory:.0} GiB", header.cpu, header.cores)),
        (
            "system",
            format!(
                "{}, huge pages: {}, load {:.1} before the run",
                header.kernel, header.huge_pages, header.load
            ),
        ),
        ("compiler", format!("{}, profile {}", header.compiler, header.profile)),
        ("commit", header.commit.clone()),
        ("run", format!("{}, seed {}, versus {}", header.started, header.seed, header.command)),
        (
            "rows",
            format!("{} threads, scale {}, {} rounds", header.threads, header.scale, header.rounds),
        ),
    ];
    let columns = header.allocators.iter().map(|column| {
        let settings = if column.settings.is_empty() {
            String::new()
        } else {
            format!(" ({})", column.settings)
        };
        format!("{} {}{settings}", column.name, column.version)
    });
    facts.push(("allocators", columns.collect::<Vec<_>>().join(", ")));
    for left_out in &header.left_out {
        let last = left_out.reason.lines().last().unwrap_or_default();
        facts.push(("left out", format!("{}: {last}", left_out.name)));
    }
    facts
}

/// Prints one table; nothing if the metric does not count in any row of the group.
fn print_table(results: &Results, group: &str, metric: Metric) {
    let rows: Vec<&str> = results
        .workloads(Some(group))
        .map(|workload| workload.name.as_str())
        .filter(|workload| results.counts(metric, workload))
        .collect();
    if rows.is_empty() {
        return;
    }
    let reference = results.reference();
    let against = Against::Name(reference.into());
    let has_best = results.has_allocator(SUBJECT);
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    let mut head = vec![group.to_owned()];
    head.extend(results.allocators().map(String::from));
    if has_best {
        head.push(format!("{SUBJECT} to its best peer"));
    }
    table.set_header(head);
    for workload in &rows {
        let mut cells = vec![(*workload).to_owned()];
        cells.extend(results.allocators().map(|allocator| {
            if allocator == reference {
                let figure = results.figure(metric, workload, allocator);
                return figure.map_or_else(none, |figure| absolute(metric, figure));
            }
            let paired = results.compare(metric, workload, allocator, &against);
            paired.map_or_else(none, |paired| with_spread(&paired.ratio()))
        }));
        if has_best {
            let best = results.compare(metric, workload, SUBJECT, &Against::Best);
            cells.push(best.map_or_else(none, |paired| {
                format!("{} × {}", with_spread(&paired.ratio()), paired.peer)
            }));
        }
        table.add_row(cells);
    }
    let mean = |allocator: &str, against: &Against| {
        let mean = results.geomean(metric, Some(group), allocator, against);
        mean.map_or_else(none, |ratio| with_spread(&ratio))
    };
    let mut means = vec!["geometric mean".to_owned()];
    means.extend(results.allocators().map(|allocator| {
        if allocator == reference { String::new() } else { mean(allocator, &against) }
    }));
    if has_best {
        means.push(mean(SUBJECT, &Against::Best));
    }
    table.add_row(means);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let unit = if metric.is_memory() { "MiB above the baseline" } else { "s" };
    println!("{group}, {}: ratio to {reference}, which is in {unit}", metric.name());
    println!("{table}\n");
}

fn none() -> String {
    "-".into()
}

/// A figure: seconds, or MiB.
pub(crate) fn absolute(metric: Metric, figure: f64) -> String {
    if metric.is_memory() {
        format!("{:.1}", figure / f64::from(1 << 20))
    } else {
        format!("{figure:.3}")
    }
}

/// The ratio and half its spread, with a mark if that is too noisy.
pub(crate) fn with_spread(ratio: &Ratio) -> String {
    if !ratio.has_spread() {
        return format!("{:.2}±?", ratio.value);
    }
    if ratio.width() == 0.0 {
        return format!("{:.2}", ratio.value);
    }
    let noisy = if ratio.is_noisy() { "~" } else { "" };
    format!("{noisy}{:.2}±{:.2}", ratio.value, (ratio.high - ratio.low) / 2.0)
}

/// The rows in which the subject takes longest, compared to its best peer: workload, peer, ratio;
/// the worst first.
pub(crate) fn furthest_behind(results: &Results) -> Vec<(String, String, Ratio)> {
    let mut rows: Vec<(String, String, Ratio)> = results
        .workloads(None)
        .filter_map(|workload| {
            let paired = results.compare(Metric::Wall, &workload.name, SUBJECT, &Against::Best)?;
            Some((workload.name.clone(), paired.peer.clone(), paired.ratio()))
        })
        .collect();
    rows.sort_unstable_by(|(_, _, one), (_, _, other)| other.value.total_cmp(&one.value));
    rows.truncate(FURTHEST);
    rows
}

/// One line on a worker that did not end well.
pub(crate) fn fault_line(fault: &Fault) -> String {
    format!("{} on {}, round {}, {}", fault.workload, fault.allocator, fault.round, fault.fault)
}

/// Tells on standard error what failed; true if nothing did.
pub(crate) fn print_faults(results: &Results) -> bool {
    for fault in &results.record.faults {
        eprintln!("versus: FAILED: {}", fault_line(fault));
    }
    for wrong in &results.wrong {
        eprintln!("versus: WRONG: {wrong}");
    }
    results.record.faults.is_empty() && results.wrong.is_empty()
}
