//! `versus gate`: holds an allocator's ratios to a limit.
//!
//! A row is at most R if the lower end of its spread is: it is not above R beyond what the noise
//! explains. A geometric mean is at most R if the upper end of its spread is. What the noise leaves
//! open is *undecided*: a row that lies about on the limit and whose spread is wider than the margin,
//! and a mean that is at most R while the upper end of its spread is not.

use crate::{
    Verdict,
    cli::{self, Stat},
    metric::Metric,
    results::{Against, Results},
};
use anyhow::{Context, Result, bail};
use paired::Ratio;
use serde::Deserialize;
use std::fs;

const TABLE: &str = include_str!("../gates.toml");

/// One limit.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Limit {
    metric: Metric,
    stat: Stat,
    against: Against,
    /// All groups if there is none.
    group: Option<String>,
    max: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    gate: Vec<Limit>,
}

/// What is said of a limit on one row, or on the mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Finding {
    Kept,
    Short,
    Undecided,
}

/// Judges; prints what falls short and what is undecided.
pub(crate) fn gate(options: &cli::Gate, results: &Results) -> Result<Verdict> {
    let limits = limits(options)?;
    if !results.has_allocator(&options.allocator) {
        bail!("{} was not measured in this run", options.allocator);
    }
    let mut worst = Verdict::Good;
    for limit in &limits {
        let group = limit.group.as_deref();
        if let Some(group) = group.filter(|group| !results.groups().contains(group))
            && !options.all
        {
            bail!("no workload of a group {group} was measured in this run");
        }
        let lines = judge(limit, options, results);
        let count = |finding| lines.iter().filter(|(found, _)| *found == finding).count();
        let (short, undecided) = (count(Finding::Short), count(Finding::Undecided));
        println!(
            "{}: {} held, {short} short, {undecided} undecided",
            limit.describe(&options.allocator),
            lines.len() - short - undecided
        );
        for (finding, line) in &lines {
            match finding {
                Finding::Kept => {}
                Finding::Short => println!("  SHORT      {line}"),
                Finding::Undecided => println!("  undecided  {line}"),
            }
        }
        worst = match (worst, short, undecided) {
            (_, 1.., _) | (Verdict::Short, ..) => Verdict::Short,
            (_, 0, 1..) => Verdict::Undecided,
            (worst, 0, 0) => worst,
        };
    }
    Ok(worst)
}

fn limits(options: &cli::Gate) -> Result<Vec<Limit>> {
    if options.all {
        let text = match &options.gates {
            Some(path) => &fs::read_to_string(path)
                .with_context(|| format!("cannot read {}", path.display()))?,
            None => TABLE,
        };
        return Ok(toml::from_str::<Table>(text).context("the table of limits is wrong")?.gate);
    }
    let missing = "--metric, --stat, --against and --max make a limit";
    Ok(vec![Limit {
        metric: options.metric.context(missing)?,
        stat: options.stat.context(missing)?,
        against: options.against.clone().context(missing)?,
        group: options.group.clone(),
        max: options.max.context(missing)?,
    }])
}

impl Limit {
    fn describe(&self, allocator: &str) -> String {
        let peer = match &self.against {
            Against::Best => "the best peer",
            Against::Padded => "the same with padded blocks",
            Against::Name(name) => name,
        };
        let what = match self.stat {
            Stat::Row => "each row",
            Stat::Geomean => "geometric mean",
        };
        let group = self.group.as_deref().unwrap_or("all groups");
        format!("{allocator}: {group}, {}, {what} <= {:.2} × {peer}", self.metric.name(), self.max)
    }

    /// What `ratio` says. A row's margin is relative to the limit.
    fn find(&self, ratio: &Ratio, margin: f64) -> Finding {
        if ratio.low > self.max {
            return Finding::Short;
        }
        if ratio.high <= self.max {
            return Finding::Kept;
        }
        match self.stat {
            Stat::Row if ratio.high - ratio.low <= margin * self.max => Finding::Kept,
            Stat::Geomean if ratio.value > self.max => Finding::Short,
            Stat::Row | Stat::Geomean => Finding::Undecided,
        }
    }
}

/// What is found, with a line on each: one for the mean, or one for each row. Rows that the allocator
/// has no figures of, because its worker failed, fall short.
fn judge(limit: &Limit, options: &cli::Gate, results: &Results) -> Vec<(Finding, String)> {
    let allocator = options.allocator.as_str();
    let group = limit.group.as_deref();
    let rows: Vec<&str> = results
        .workloads(group)
        .map(|workload| workload.name.as_str())
        .filter(|workload| results.has_peer(workload, &limit.against))
        .filter(|workload| results.counts(limit.metric, workload))
        .collect();
    let failed = rows
        .iter()
        .filter(|workload| results.figure(limit.metric, workload, allocator).is_none())
        .map(|workload| (Finding::Short, format!("{workload}: {allocator} has no figures")));
    let mut found: Vec<(Finding, String)> = failed.collect();
    match limit.stat {
        Stat::Geomean => {
            let mean = results.geomean(limit.metric, group, allocator, &limit.against);
            found.extend(mean.map(|ratio| (limit.find(&ratio, options.margin), text(&ratio))));
        }
        Stat::Row => {
            for workload in rows {
                let paired = results.compare(limit.metric, workload, allocator, &limit.against);
                found.extend(paired.map(|paired| {
                    let ratio = paired.ratio();
                    let line = format!("{workload}: {} × {}", text(&ratio), paired.peer);
                    (limit.find(&ratio, options.margin), line)
                }));
            }
        }
    }
    if found.is_empty() {
        found.push((Finding::Undecided, "nothing to compare was measured".into()));
    }
    found
}

fn text(ratio: &Ratio) -> String {
    if ratio.has_spread() {
        format!("{:.3} [{:.3}, {:.3}]", ratio.value, ratio.low, ratio.high)
    } else {
        format!("{:.3} [too few rounds]", ratio.value)
    }
}

#[cfg(test)]
mod tests;
