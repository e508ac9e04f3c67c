//! Figures that are committed, and what is counted held to them.

use clap::Parser;
use serde::{Deserialize, Serialize};
use std::{fs, path::Path, process::ExitCode};

/// Counts instructions, and holds them to the figures that are committed.
#[derive(Debug, Parser)]
pub struct Options {
    /// Write what is counted into the file of figures
    #[arg(long)]
    pub bless: bool,
}

/// A file of figures.
#[derive(Deserialize, Serialize)]
struct File {
    row: Vec<Row>,
}

#[derive(Deserialize, Serialize)]
struct Row {
    name: String,
    limit: f64,
    counted: f64,
}

/// Counts each row of a file of this package, prints a table, and fails if one is above its limit, or
/// above what is committed plus 2 %.
///
/// * `bless`: write what is counted into the file.
///
/// # Panics
///
/// If the file is not there, or says something else.
pub fn hold(file: &str, bless: bool, mut count: impl FnMut(&str) -> f64) -> ExitCode {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let text = fs::read_to_string(&path).expect("the file of figures");
    let mut figures: File = toml::from_str(&text).expect("rows of figures");
    let mut above = 0;
    println!("{:<12} {:>8} {:>9} {:>6}", "row", "counted", "committed", "limit");
    for row in &mut figures.row {
        let counted = count(&row.name);
        if bless {
            row.counted = (counted * 1000.0).round() / 1000.0;
        }
        let is_above = counted > row.limit || counted > row.counted * 1.02;
        above += u32::from(is_above);
        let mark = if is_above { "  ABOVE" } else { "" };
        println!("{:<12} {counted:>8.2} {:>9.2} {:>6}{mark}", row.name, row.counted, row.limit);
    }
    if bless {
        let comment: String = text
            .lines()
            .take_while(|line| line.starts_with('#'))
            .fold(String::new(), |all, line| all + line + "\n");
        let body = toml::to_string(&figures).expect("figures are TOML");
        fs::write(&path, format!("{comment}\n{body}")).expect("the file can be written");
    }
    println!("{file}: {} passed, {above} failed", figures.row.len() - above as usize);
    ExitCode::from(u8::from(above > 0 || figures.row.is_empty()))
}
