//! A run's figures, and the ratios between them.

use crate::{
    allocators,
    metric::{COUNTS_FROM_BYTES, Metric},
    outcome::Listed,
    record::{Record, Row},
};
use paired::{Ratio, median};
use std::{collections::BTreeMap, convert::Infallible, str::FromStr};

/// Figures by workload, allocator and round; rows with a wrong checksum have none.
#[derive(Debug)]
pub(crate) struct Results {
    pub(crate) record: Record,
    rows: BTreeMap<(String, String), BTreeMap<u32, Row>>,
    /// Rows whose checksum is not that of the others.
    pub(crate) wrong: Vec<String>,
}

/// What an allocator is compared with.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(from = "String")]
pub(crate) enum Against {
    /// The best peer of each row.
    Best,
    /// Itself, where the workload pads its blocks to cache lines of their own: see [`twin`].
    Padded,
    /// An allocator.
    Name(String),
}

/// The workload that is `workload` with padded blocks, if there is one.
fn twin(workload: &str) -> String {
    format!("{workload}-padded")
}

impl From<String> for Against {
    fn from(name: String) -> Self {
        match name.as_str() {
            "best" => Self::Best,
            "padded" => Self::Padded,
            _ => Self::Name(name),
        }
    }
}

impl FromStr for Against {
    type Err = Infallible;

    fn from_str(name: &str) -> Result<Self, Infallible> {
        Ok(Self::from(name.to_owned()))
    }
}

/// Which rounds of a row count.
#[derive(Clone, Copy, Debug)]
enum Rounds {
    All,
    /// The best peer is chosen on these …
    Odd,
    /// … and compared on these: else the choice would profit from the noise.
    Even,
}

impl Rounds {
    fn has(self, round: u32) -> bool {
        match self {
            Self::All => true,
            Self::Odd => round % 2 == 1,
            Self::Even => round.is_multiple_of(2),
        }
    }
}

/// An allocator's paired ratios to another on one row.
#[derive(Clone, Debug)]
pub(crate) struct Paired {
    /// An allocator, or the workload with padded blocks.
    pub(crate) peer: String,
    /// By round; at least one.
    pub(crate) ratios: Vec<f64>,
}

impl Paired {
    pub(crate) fn ratio(&self) -> Ratio {
        paired::ratio(&self.ratios).expect("there is a round")
    }
}

impl Results {
    pub(crate) fn new(record: Record) -> Self {
        let mut results = Self { rows: BTreeMap::new(), wrong: Vec::new(), record };
        let workloads = results.record.header.workloads.clone();
        for workload in &workloads {
            let of_it = results.record.rows.iter().filter(|row| row.workload == workload.name);
            let of_it: Vec<Row> = of_it.cloned().collect();
            let right = right_check(&of_it);
            for row in of_it {
                if Some(&row.check) == right.as_ref() {
                    let key = (row.workload.clone(), row.allocator.clone());
                    results.rows.entry(key).or_default().insert(row.round, row);
                } else {
                    let others = right.as_deref().unwrap_or("different ones");
                    results.wrong.push(format!(
                        "{}, {}, round {}: checksum {}; the others have {others}",
                        row.workload, row.allocator, row.round, row.check
                    ));
                }
            }
        }
        results
    }

    /// The names of the allocators, in order.
    pub(crate) fn allocators(&self) -> impl Iterator<Item = &str> {
        self.record.header.allocators.iter().map(|column| column.name.as_str())
    }

    pub(crate) fn has_allocator(&self, name: &str) -> bool {
        self.allocators().any(|other| other == name)
    }

    /// The groups that were measured, in order.
    pub(crate) fn groups(&self) -> Vec<&str> {
        let mut groups: Vec<&str> = Vec::new();
        for workload in &self.record.header.workloads {
            if !groups.contains(&workload.group.as_str()) {
                groups.push(&workload.group);
            }
        }
        groups
    }

    /// True if `workload` can be compared with what `against` names.
    pub(crate) fn has_peer(&self, workload: &str, against: &Against) -> bool {
        let twin = twin(workload);
        *against != Against::Padded || self.workloads(None).any(|other| other.name == twin)
    }

    /// The workloads of `group`, or all.
    pub(crate) fn workloads(&self, group: Option<&str>) -> impl Iterator<Item = &Listed> {
        let is_meant = move |workload: &&Listed| group.is_none_or(|group| workload.group == group);
        self.record.header.workloads.iter().filter(is_meant)
    }

    /// The allocator that tables give ratios to.
    pub(crate) fn reference(&self) -> &str {
        ["mimalloc", "system"]
            .into_iter()
            .find(|name| self.has_allocator(name))
            .unwrap_or_else(|| self.allocators().next().unwrap_or("mimalloc"))
    }

    fn figures(&self, metric: Metric, workload: &str, allocator: &str) -> BTreeMap<u32, f64> {
        let rows = self.rows.get(&(workload.into(), allocator.into()));
        rows.into_iter()
            .flatten()
            .filter_map(|(&round, row)| Some((round, metric.of(row)?)))
            .collect()
    }

    /// The median of a figure over the rounds.
    pub(crate) fn figure(&self, metric: Metric, workload: &str, allocator: &str) -> Option<f64> {
        let mut figures: Vec<f64> =
            self.figures(metric, workload, allocator).into_values().collect();
        (!figures.is_empty()).then(|| median(&mut figures))
    }

    /// True if `metric` says something of `workload`: memory does where System needs enough of it.
    pub(crate) fn counts(&self, metric: Metric, workload: &str) -> bool {
        let is_measured =
            || self.allocators().any(|name| !self.figures(metric, workload, name).is_empty());
        let is_large = || {
            let peak = self.figure(Metric::PeakRss, workload, "system");
            peak.is_some_and(|bytes| bytes >= COUNTS_FROM_BYTES)
        };
        is_measured() && (!metric.is_memory() || is_large())
    }

    /// * `peer`: a workload, and an allocator there.
    fn paired(
        &self,
        metric: Metric,
        workload: &str,
        allocator: &str,
        peer: (&str, &str),
        rounds: Rounds,
    ) -> Option<Paired> {
        let theirs = self.figures(metric, peer.0, peer.1);
        let ratios: Vec<f64> = self
            .figures(metric, workload, allocator)
            .into_iter()
            .filter(|&(round, _)| rounds.has(round))
            .filter_map(|(round, ours)| Some(ours / theirs.get(&round)?))
            .collect();
        let peer = if peer.0 == workload { peer.1 } else { peer.0 };
        (!ratios.is_empty()).then(|| Paired { peer: peer.into(), ratios })
    }

    /// The allocator whose figure was the smallest in the odd rounds, and the ratios to it in the
    /// even ones.
    fn best(&self, metric: Metric, workload: &str, allocator: &str) -> Option<Paired> {
        let odd = |peer| {
            let figures = self.figures(metric, workload, peer).into_iter();
            let mut figures: Vec<f64> =
                figures.filter(|&(round, _)| Rounds::Odd.has(round)).map(|(_, f)| f).collect();
            (!figures.is_empty()).then(|| (peer, median(&mut figures)))
        };
        let (best, _) = self
            .allocators()
            .filter(|peer| allocators::are_peers(allocator, peer))
            .filter_map(odd)
            .min_by(|(_, one), (_, other)| one.total_cmp(other))?;
        self.paired(metric, workload, allocator, (workload, best), Rounds::Even)
    }

    /// `allocator`'s paired ratios to another on `workload`; none if either has no figures there, or
    /// if the metric does not count there.
    pub(crate) fn compare(
        &self,
        metric: Metric,
        workload: &str,
        allocator: &str,
        against: &Against,
    ) -> Option<Paired> {
        if !self.counts(metric, workload) {
            return None;
        }
        match against {
            Against::Best => self.best(metric, workload, allocator),
            Against::Padded => {
                let peer = (twin(workload), allocator);
                self.paired(metric, workload, allocator, (&peer.0, peer.1), Rounds::All)
            }
            Against::Name(peer) => {
                self.paired(metric, workload, allocator, (workload, peer), Rounds::All)
            }
        }
    }

    /// The geometric mean of the ratios of a group's rows, or of all; of those that can be compared.
    pub(crate) fn geomean(
        &self,
        metric: Metric,
        group: Option<&str>,
        allocator: &str,
        against: &Against,
    ) -> Option<Ratio> {
        let rows: Vec<Vec<f64>> = self
            .workloads(group)
            .filter_map(|workload| self.compare(metric, &workload.name, allocator, against))
            .map(|paired| paired.ratios)
            .collect();
        paired::geomean(&rows)
    }
}

/// The checksum that more than half of the rows have.
fn right_check(rows: &[Row]) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        *counts.entry(&row.check).or_default() += 1;
    }
    let (check, count) = counts.into_iter().max_by_key(|&(_, count)| count)?;
    (2 * count > rows.len()).then(|| check.into())
}

#[cfg(test)]
pub(crate) mod tests;
