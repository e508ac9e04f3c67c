//! The statistics of every comparison here, defined once.
//!
//! Two subjects that are measured in the same round see the same machine, so their ratio says more
//! than the two figures do.
//!
//! * The *ratio* of two subjects is the median, over the rounds, of the paired ratio: both figures of
//!   one round were measured one after the other.
//! * Its *spread* is the 95 % bootstrap interval of that median: the rounds are drawn with
//!   replacement, and of the medians of all draws the middle 95 % are kept.
//! * The *geometric mean* of several rows is that of their ratios; its spread is found the same way,
//!   each row's rounds drawn on their own.
//! * Fewer than [`FEWEST`] rounds have no spread that means anything: it reaches from 0 to infinity.

/// A ratio and its spread.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Ratio {
    /// The ratio: the median, or the geometric mean of medians.
    pub value: f64,
    /// Lower end of the spread.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// How often the rounds are drawn.
const DRAWS: usize = 2000;

/// The share of the draws beyond either end of the interval.
const TAIL: usize = DRAWS / 40;

/// Rounds that a spread needs.
pub const FEWEST: usize = 3;

/// A ratio whose spread is wider, relative to it, is too noisy.
const NOISY: f64 = 0.10;

/// The draws are the same in every report on the same figures.
const SEED: u64 = 95;

impl Ratio {
    /// Width of the spread, relative to the ratio.
    #[must_use]
    pub fn width(&self) -> f64 {
        (self.high - self.low) / self.value
    }

    /// True if the spread is known.
    #[must_use]
    pub fn has_spread(&self) -> bool {
        self.high.is_finite()
    }

    /// True if the spread is too wide to tell two close subjects apart.
    #[must_use]
    pub fn is_noisy(&self) -> bool {
        self.width() > NOISY
    }

    /// True if the spreads have a value in common.
    #[must_use]
    pub fn agrees_with(&self, other: &Self) -> bool {
        self.low <= other.high && other.low <= self.high
    }
}

/// The middle value, or the mean of the two middle ones. `values` are put in order.
///
/// # Panics
///
/// If there are none.
#[must_use]
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len().is_multiple_of(2) {
        f64::midpoint(values[middle - 1], values[middle])
    } else {
        values[middle]
    }
}

/// The ratio of `ours` to `theirs`, both given by round.
///
/// # Panics
///
/// If there are no rounds, or not as many on both sides.
#[must_use]
pub fn compare(ours: &[f64], theirs: &[f64]) -> Ratio {
    assert_eq!(ours.len(), theirs.len(), "each round must have both figures");
    let paired: Vec<f64> = ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect();
    ratio(&paired).expect("there must be a round")
}

/// The ratio whose paired ratios, by round, are these; none if there are none.
#[must_use]
pub fn ratio(paired: &[f64]) -> Option<Ratio> {
    geomean(std::slice::from_ref(&paired))
}

/// The geometric mean of the ratios of several rows, each given by its paired ratios; none if there
/// is no row, or a row without rounds.
#[must_use]
pub fn geomean<R: AsRef<[f64]>>(rows: &[R]) -> Option<Ratio> {
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
