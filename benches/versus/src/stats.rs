//! The statistics, defined once.
//!
//! * A *ratio* of two allocators on a row is the median, over the rounds, of the paired ratio: both
//!   figures of one round were measured one after the other.
//! * Its *spread* is the 95 % bootstrap interval of that median: the rounds are drawn with
//!   replacement, and of the medians of all draws the middle 95 % are kept.
//! * The *geometric mean* of several rows is that of their ratios; its spread is found the same way,
//!   each row's rounds drawn on their own.
//! * Fewer than [`FEWEST`] rounds have no spread that means anything: it reaches from 0 to infinity.

/// A ratio and its spread.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ratio {
    pub(crate) value: f64,
    /// Lower end of the spread.
    pub(crate) low: f64,
    /// Its upper end.
    pub(crate) high: f64,
}

/// How often the rounds are drawn.
const DRAWS: usize = 2000;

/// The share of the draws beyond either end of the interval.
const TAIL: usize = DRAWS / 40;

/// Rounds that a spread needs.
pub(crate) const FEWEST: usize = 3;

/// A ratio whose spread is wider, relative to it, is marked as too noisy.
const NOISY: f64 = 0.10;

/// The draws are the same in every report on the same figures.
const SEED: u64 = 95;

impl Ratio {
    /// Width of the spread, relative to the ratio.
    pub(crate) fn width(&self) -> f64 {
        (self.high - self.low) / self.value
    }

    /// True if the spread is known.
    pub(crate) fn has_spread(&self) -> bool {
        self.high.is_finite()
    }

    /// True if the spread is too wide to tell two close allocators apart.
    pub(crate) fn is_noisy(&self) -> bool {
        self.width() > NOISY
    }

    /// True if the spreads have a value in common.
    pub(crate) fn agrees_with(&self, other: &Self) -> bool {
        self.low <= other.high && other.low <= self.high
    }
}

/// The middle value, or the mean of the two middle ones. `values` are put in order.
///
/// # Panics
///
/// If there are none.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len().is_multiple_of(2) {
        f64::midpoint(values[middle - 1], values[middle])
    } else {
        values[middle]
    }
}

/// The ratio whose paired ratios, by round, are these; none if there are none.
pub(crate) fn ratio(paired: &[f64]) -> Option<Ratio> {
    geomean(std::slice::from_ref(&paired))
}

/// The geometric mean of the ratios of several rows, each given by its paired ratios; none if there
/// is no row, or a row without rounds.
pub(crate) fn geomean<R: AsRef<[f64]>>(rows: &[R]) -> Option<Ratio> {
    let rows: Vec<&[f64]> = rows.iter().map(AsRef::as_ref).collect();
    if rows.is_empty() || rows.iter().any(|row| row.is_empty()) {
        return None;
    }
    let mean = |logs: f64| (logs / rows.len() as f64).exp();
    let value = mean(rows.iter().map(|row| median(&mut row.to_vec()).ln()).sum());
    if rows.iter().any(|row| row.len() < FEWEST) {
        return Some(Ratio { value, low: 0.0, high: f64::INFINITY });
    }
    let mut rng = fastrand::Rng::with_seed(SEED);
    let mut drawn = Vec::new();
    let mut means: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let logs = rows.iter().map(|row| {
                drawn.clear();
                drawn.extend(row.iter().map(|_| row[rng.usize(..row.len())]));
                median(&mut drawn).ln()
            });
            mean(logs.sum())
        })
        .collect();
    means.sort_unstable_by(f64::total_cmp);
    Some(Ratio { value, low: means[TAIL], high: means[DRAWS - 1 - TAIL] })
}

#[cfg(test)]
mod tests;
