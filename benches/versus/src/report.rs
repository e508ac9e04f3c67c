//! `versus report`: a run as CSV, SVG and one HTML page.

mod chart;
mod page;
mod palette;
mod panels;
mod sheet;

use crate::{metric::Metric, results::Results};
use anyhow::{Context, Result};
use palette::Palette;
use std::{fs, path::Path};

/// Writes all files to `out`, which is made if missing: `index.html`, `figures.csv`, and charts
/// (`overview.svg`, `time-and-memory.svg`, one for each group), each for light and dark pages.
pub(crate) fn write(results: &Results, out: &Path) -> Result<()> {
    fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    let save = |name: &str, text: &str| {
        let path = out.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    };
    save("figures.csv", &sheet::csv(results)?)?;
    for palette in &Palette::ALL {
        let save = |name: &str, svg: &str| save(&format!("{name}{}.svg", palette.suffix), svg);
        save("overview", &chart::grid(&panels::overview(results), 2, palette)?)?;
        let points = panels::points(results, None);
        if !points.is_empty() {
            save("time-and-memory", &chart::scatter(&points, results.reference(), palette)?)?;
        }
        for group in results.groups() {
            let of_group = panels::of_group(results, group, Metric::Wall);
            save(group, &chart::grid(&of_group, 3, palette)?)?;
        }
    }
    save("index.html", &page::html(results)?)?;
    println!("{}", out.join("index.html").display());
    Ok(())
}
