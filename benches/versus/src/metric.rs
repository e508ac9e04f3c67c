//! What is compared: a figure of a row.

use crate::record::Row;

/// A figure that is the better the smaller it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Metric {
    /// Time
    Wall,
    /// Processor time in the program
    User,
    /// Most that was resident
    PeakRss,
    /// Resident after 2 s without allocations
    IdleRss,
}

/// Memory above the baseline counts as this much at least: less says nothing.
const LEAST_BYTES: u64 = 1 << 20;

/// Rows whose processor time is below the clock's grain are not to divide by zero.
const LEAST_SECONDS: f64 = 1e-4;

/// System must need so much above the baseline for the memory of a row to count.
pub(crate) const COUNTS_FROM_BYTES: f64 = (16 << 20) as f64;

impl Metric {
    pub(crate) const ALL: [Self; 4] = [Self::Wall, Self::User, Self::PeakRss, Self::IdleRss];

    /// As options and tables have it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Wall => "wall",
            Self::User => "user",
            Self::PeakRss => "peak-rss",
            Self::IdleRss => "idle-rss",
        }
    }

    pub(crate) fn is_memory(self) -> bool {
        matches!(self, Self::PeakRss | Self::IdleRss)
    }

    /// The figure of `row`: seconds, or bytes above the baseline; none if it was not measured there.
    pub(crate) fn of(self, row: &Row) -> Option<f64> {
        let above_baseline =
            |bytes: u64| bytes.saturating_sub(row.baseline_rss_bytes).max(LEAST_BYTES) as f64;
        match self {
            Self::Wall => Some(row.wall_s),
            Self::User => Some(row.user_s.max(LEAST_SECONDS)),
            Self::PeakRss => Some(above_baseline(row.peak_rss_bytes)),
            Self::IdleRss => row.idle_rss_bytes.map(above_baseline),
        }
    }
}
