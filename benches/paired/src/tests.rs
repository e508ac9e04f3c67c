//! The definitions on made-up rounds, whose ratios are known.

use super::*;

/// Rounds around `centre`, as wide as `noise` says.
fn rounds(count: usize, centre: f64, noise: f64, seed: u64) -> Vec<f64> {
    let mut rng = fastrand::Rng::with_seed(seed);
    (0..count).map(|_| centre * (1.0 + noise * (rng.f64() - 0.5))).collect()
}

#[test]
fn the_median_is_the_middle_and_between_two_their_mean() {
    assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
    assert_eq!(median(&mut [4.0, 1.0, 2.0, 3.0]), 2.5);
}

#[test]
fn a_ratio_is_the_median_of_the_rounds_ratios_and_not_the_ratio_of_medians() {
    // The ratios are 1/2, 2, 1/10; the medians 10 and 10.
    let ratio = compare(&[5.0, 20.0, 10.0], &[10.0, 10.0, 100.0]);
    // Of three that are drawn any may be the middle one.
    let known = [(ratio.value, 0.5), (ratio.low, 0.1), (ratio.high, 2.0)];
    assert!(known.iter().all(|(is, right)| (is - right).abs() < 1e-12), "{ratio:?}");
}

#[test]
#[should_panic = "each round must have both figures"]
fn rounds_without_a_pair_are_refused() {
    let _ = compare(&[1.0, 2.0], &[1.0]);
}

#[test]
fn one_disturbed_round_does_not_move_a_ratio() {
    let mut paired = rounds(9, 0.5, 0.02, 1);
    paired[4] = 50.0;
    let ratio = ratio(&paired).unwrap();
    assert!((ratio.value - 0.5).abs() < 0.01 && ratio.high < 0.52, "{ratio:?}");
}

#[test]
fn about_95_of_100_spreads_hold_the_truth() {
    let held = (0..1000)
        .filter(|&seed| {
            let ratio = ratio(&rounds(15, 1.0, 0.2, seed)).unwrap();
            ratio.low <= 1.0 && 1.0 <= ratio.high
        })
        .count();
    assert!((900..=990).contains(&held), "{held} of 1000 intervals hold the median");
}

#[test]
fn more_rounds_narrow_the_spread() {
    let few = ratio(&rounds(5, 1.0, 0.2, 7)).unwrap();
    let many = ratio(&rounds(101, 1.0, 0.2, 7)).unwrap();
    assert!(many.width() < few.width() / 2.0, "{many:?} is not narrower than {few:?}");
}

#[test]
fn the_same_figures_have_the_same_spread_each_time() {
    let paired = rounds(9, 0.8, 0.3, 3);
    assert_eq!(ratio(&paired), ratio(&paired));
}

#[test]
fn two_rounds_have_a_ratio_and_no_spread() {
    let two = ratio(&[0.5, 0.7]).unwrap();
    assert_eq!(two.value, 0.6);
    assert!(!two.has_spread() && two.is_noisy(), "{two:?}");
    assert_eq!(ratio(&[]), None);
}

#[test]
fn a_geometric_mean_weighs_twice_and_half_alike() {
    let rows = [vec![2.0; 5], vec![0.5; 5]];
    let mean = geomean(&rows).unwrap();
    assert!((mean.value - 1.0).abs() < 1e-12 && mean.width() < 1e-12, "{mean:?}");
}

#[test]
fn a_geometric_mean_of_many_rows_is_narrower_than_a_row() {
    let rows: Vec<Vec<f64>> = (0..20).map(|seed| rounds(9, 0.8, 0.2, seed)).collect();
    let (row, mean) = (ratio(&rows[0]).unwrap(), geomean(&rows).unwrap());
    assert!(mean.width() < row.width() / 2.0, "{mean:?} is not narrower than {row:?}");
    assert!(mean.low < 0.8 && 0.8 < mean.high, "{mean:?}");
}

#[test]
fn a_row_without_rounds_has_no_place_in_a_mean() {
    assert_eq!(geomean(&[vec![1.0; 5], vec![]]), None);
    assert_eq!(geomean::<Vec<f64>>(&[]), None);
    assert!(!geomean(&[vec![1.0; 5], vec![1.0; 2]]).unwrap().has_spread());
}

#[test]
fn spreads_agree_where_they_meet() {
    let of = |low, high| Ratio { value: f64::midpoint(low, high), low, high };
    assert!(of(0.8, 0.9).agrees_with(&of(0.9, 1.0)));
    assert!(of(0.8, 1.2).agrees_with(&of(0.9, 1.0)));
    assert!(!of(0.8, 0.9).agrees_with(&of(0.91, 1.0)));
}
