//! Paired comparisons: two programs run in the same round see the same machine, so their ratio
//! says more than the two times do.

/// A median of paired ratios with the interval that resampling gives it.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub(crate) struct Paired {
    pub(crate) median: f64,
    /// Lower end of the 95 % bootstrap interval of the median.
    pub(crate) low: f64,
    /// Its upper end.
    pub(crate) high: f64,
}

/// How often the rounds are resampled.
const RESAMPLES: usize = 2000;

/// The middle value, or the mean of the two middle ones.
///
/// # Panics
///
/// If `values` is empty.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len().is_multiple_of(2) {
        f64::midpoint(sorted[middle - 1], sorted[middle])
    } else {
        sorted[middle]
    }
}

/// Compares `ours` to `theirs`; both by round.
///
/// # Panics
///
/// If there are no rounds, or not as many on both sides.
pub(crate) fn paired(ours: &[f64], theirs: &[f64]) -> Paired {
    assert_eq!(ours.len(), theirs.len(), "each round must have both times");
    let ratios: Vec<f64> = ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect();
    let mut rng = fastrand::Rng::with_seed(95);
    let mut resampled = vec![0.0; ratios.len()];
    let mut medians: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            resampled.fill_with(|| ratios[rng.usize(..ratios.len())]);
            median(&resampled)
        })
        .collect();
    medians.sort_unstable_by(f64::total_cmp);
    let (low, high) = (medians[RESAMPLES / 40], medians[RESAMPLES - 1 - RESAMPLES / 40]);
    Paired { median: median(&ratios), low, high }
}
