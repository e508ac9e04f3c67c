//! The committed table of limits.

use paired::Ratio;
use serde::Deserialize;

const TABLE: &str = include_str!("limits.toml");

/// What a row may cost at most, as a ratio to MiMalloc.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Limit {
    rows: String,
    figure: Figure,
    at_most: f64,
}

/// What is compared with the limit.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Figure {
    Median,
    Lower,
}

impl Limit {
    fn covers(&self, row: &str) -> bool {
        row == self.rows || self.rows.ends_with('/') && row.starts_with(&self.rows)
    }

    /// True if `ratio` keeps the limit.
    pub(crate) fn is_kept_by(&self, ratio: &Ratio) -> bool {
        match self.figure {
            Figure::Median => ratio.value <= self.at_most,
            Figure::Lower => ratio.has_spread() && ratio.low <= self.at_most,
        }
    }
}

impl core::fmt::Display for Limit {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let figure = match self.figure {
            Figure::Median => "median",
            Figure::Lower => "lower",
        };
        write!(f, "{figure} <= {:.2}", self.at_most)
    }
}

/// The limits of `rows`, in their order.
///
/// # Panics
///
/// If the table cannot be read, if a row has no limit, or if a limit has no row: then a check would
/// be missing without anybody noticing.
pub(crate) fn of_rows<'a>(rows: impl Iterator<Item = &'a str>) -> Vec<Limit> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Table {
        limit: Vec<Limit>,
    }
    let table: Table = toml::from_str(TABLE).expect("limits.toml must be a table of limits");
    let mut is_used = vec![false; table.limit.len()];
    let limits = rows
        .map(|row| {
            let (index, limit) = table
                .limit
                .iter()
                .enumerate()
                .filter(|(_, limit)| limit.covers(row))
                .max_by_key(|(_, limit)| limit.rows.len())
                .unwrap_or_else(|| panic!("limits.toml has no limit for the row {row}"));
            is_used[index] = true;
            limit.clone()
        })
        .collect();
    let unused = table.limit.iter().zip(is_used).find(|(_, is_used)| !is_used);
    assert!(unused.is_none(), "limits.toml has a limit for no row: {unused:?}");
    limits
}
