//! Charts as SVG.

use super::{
    palette::Palette,
    panels::{Panel, Point},
};
use crate::tables::with_spread;
use anyhow::{Result, anyhow};
use plotters::{
    coord::{Shift, types::RangedCoordf64},
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Width of a panel, and the parts of its height, in pixels.
const WIDTH: u32 = 400;
const ROW: u32 = 18;
const HEAD: u32 = 44;
const FOOT: u32 = 26;
/// Left of the bars are names, right of them ratios.
const NAMES: i32 = 124;
const RATIOS: i32 = 74;
/// Side of the scatter chart.
const SIDE: u32 = 560;

const FONT: &str = "sans-serif";
/// Ratios beyond are cut off; their bars end in the open.
const FARTHEST: f64 = 8.0;
/// Where the axis may have marks.
const MARKS: [f64; 11] = [0.125, 0.25, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 5.6, 8.0];

/// Plotters' errors borrow what they are about.
fn broken(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("cannot draw: {error}")
}

fn style(size: u32, color: RGBColor, horizontal: HPos) -> TextStyle<'static> {
    (FONT, size).into_font().color(&color).pos(Pos::new(horizontal, VPos::Center))
}

/// The panels side by side, `columns` in a row.
pub(super) fn grid(panels: &[Panel], columns: usize, palette: &Palette) -> Result<String> {
    let columns = columns.min(panels.len()).max(1);
    let rows = panels.len().div_ceil(columns).max(1);
    let bars = panels.iter().map(|panel| panel.bars.len()).max().unwrap_or(0);
    let height = HEAD + FOOT + ROW * u32::try_from(bars)?;
    let size = (WIDTH * u32::try_from(columns)?, height * u32::try_from(rows)?);
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        for (panel, area) in panels.iter().zip(root.split_evenly((rows, columns))) {
            draw_panel(panel, bars, &area, palette)?;
        }
        root.present().map_err(broken)?;
    }
    Ok(svg)
}

/// The axis around 1 that holds `values`, at most to [`FARTHEST`].
fn axis(values: impl Iterator<Item = f64>) -> std::ops::Range<f64> {
    let (mut low, mut high) = (0.66_f64, 1.5_f64);
    for value in values {
        low = low.min(value * 0.95);
        high = high.max(value * 1.05);
    }
    low.max(1.0 / FARTHEST)..high.min(FARTHEST)
}

/// The marks of an axis: all that fit it, or every second one if those are many.
fn marks(axis: &std::ops::Range<f64>) -> Vec<f64> {
    let all: Vec<f64> = MARKS.into_iter().filter(|mark| axis.contains(mark)).collect();
    let is_coarse = |mark: &f64| mark.log2().fract().abs() < 1e-9;
    if all.len() > 4 { all.into_iter().filter(is_coarse).collect() } else { all }
}

/// One panel; `bars` is how many the longest has, so that all have bars of one height.
fn draw_panel(panel: &Panel, bars: usize, area: &Area<'_>, palette: &Palette) -> Result<()> {
    let bold = (FONT, 15).into_font().style(FontStyle::Bold).color(&palette.text);
    let head = bold.pos(Pos::new(HPos::Left, VPos::Center));
    let small = |horizontal| style(12, palette.muted, horizontal);
    area.draw(&Text::new(panel.title.clone(), (8, 14), head)).map_err(broken)?;
    area.draw(&Text::new(panel.unit.clone(), (8, 32), small(HPos::Left))).map_err(broken)?;

    let values = panel.bars.iter().map(|bar| bar.ratio.value);
    let range = axis(values);
    let (x, y) = area.get_pixel_range();
    let pixels = (
        x.start + NAMES..x.end - RATIOS,
        y.start + i32::try_from(HEAD)?..y.end - i32::try_from(FOOT)?,
    );
    let rows = f64::from(u32::try_from(bars)?);
    let coord = Cartesian2d::<LogCoord<f64>, RangedCoordf64>::new(
        range.clone().log_scale(),
        0.0..rows,
        (pixels.0, pixels.1),
    );
    let plot = area.apply_coord_spec(coord);
    let bottom = f64::from(u32::try_from(panel.bars.len())?);
    for mark in marks(&range) {
        let line = vec![(mark, 0.0), (mark, bottom)];
        let color = if mark == 1.0 { palette.muted } else { palette.grid };
        plot.draw(&PathElement::new(line, color)).map_err(broken)?;
        let label = EmptyElement::at((mark, bottom))
            + Text::new(format!("{mark}"), (0, 11), small(HPos::Center));
        plot.draw(&label).map_err(broken)?;
    }
    for (row, bar) in (0_u32..).map(f64::from).zip(&panel.bars) {
        let (middle, ratio) = (row + 0.5, bar.ratio);
        let is_ours = palette.of(&bar.allocator) == palette.ours;
        let ink = if is_ours { palette.ours } else { palette.text };
        let within = |value: f64| value.clamp(range.start, range.end);
        let filled = palette.of(&bar.allocator).filled();
        let corners = [(1.0, row + 0.18), (within(ratio.value), row + 0.82)];
        plot.draw(&Rectangle::new(corners, filled)).map_err(broken)?;
        if ratio.has_spread() && ratio.width() > 0.0 {
            let whisker = vec![(within(ratio.low), middle), (within(ratio.high), middle)];
            plot.draw(&PathElement::new(whisker, palette.text)).map_err(broken)?;
        }
        let name = EmptyElement::at((range.start, middle))
            + Text::new(bar.allocator.clone(), (-8, 0), style(12, ink, HPos::Right));
        plot.draw(&name).map_err(broken)?;
        let told = EmptyElement::at((range.end, middle))
            + Text::new(with_spread(&ratio), (8, 0), style(12, ink, HPos::Left));
        plot.draw(&told).map_err(broken)?;
    }
    Ok(())
}

/// Time against peak memory, both as ratios to `reference`.
pub(super) fn scatter(points: &[Point], reference: &str, palette: &Palette) -> Result<String> {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (SIDE, SIDE)).into_drawing_area();
        let small = |horizontal| style(12, palette.muted, horizontal);
        let (x, y) = (
            axis(points.iter().map(|point| point.time)),
            axis(points.iter().map(|point| point.memory)),
        );
        let side = i32::try_from(SIDE)?;
        let coord = Cartesian2d::<LogCoord<f64>, LogCoord<f64>>::new(
            x.clone().log_scale(),
            y.clone().log_scale(),
            (60..side - 110, side - 60..20),
        );
        let plot = root.apply_coord_spec(coord);
        let line = |from, to, mark| {
            let color = if mark == 1.0 { palette.muted } else { palette.grid };
            plot.draw(&PathElement::new(vec![from, to], color)).map_err(broken)
        };
        for mark in marks(&x) {
            line((mark, y.start), (mark, y.end), mark)?;
        }
        for mark in marks(&y) {
            line((x.start, mark), (x.end, mark), mark)?;
        }
        for mark in marks(&x) {
            let label = EmptyElement::at((mark, y.start))
                + Text::new(format!("{mark}"), (0, 14), small(HPos::Center));
            plot.draw(&label).map_err(broken)?;
        }
        for mark in marks(&y) {
            let label = EmptyElement::at((x.start, mark))
                + Text::new(format!("{mark}"), (-8, 0), small(HPos::Right));
            plot.draw(&label).map_err(broken)?;
        }
        let title = format!("time, 1 = {reference}; the lower left is better");
        root.draw(&Text::new(title, (side / 2, side - 20), small(HPos::Center))).map_err(broken)?;
        let sideways = small(HPos::Center).transform(FontTransform::Rotate270);
        let title = format!("peak memory, 1 = {reference}");
        root.draw(&Text::new(title, (16, side / 2), sideways)).map_err(broken)?;
        draw_points(points, &plot, palette)?;
        root.present().map_err(broken)?;
    }
    Ok(svg)
}

/// The points and their names; a name that would lie on another one, or on a point, moves down, on a
/// line of its own.
fn draw_points(
    points: &[Point],
    plot: &DrawingArea<SVGBackend<'_>, Cartesian2d<LogCoord<f64>, LogCoord<f64>>>,
    palette: &Palette,
) -> Result<()> {
    let place = |point: &Point| plot.map_coordinate(&(point.time, point.memory));
    let mut sorted: Vec<&Point> = points.iter().collect();
    sorted.sort_by_key(|point| place(point).1);
    let mut taken: Vec<(i32, i32)> = Vec::new();
    for point in sorted {
        let at = (point.time, point.memory);
        let (x, y) = place(point);
        let mut text_y = y;
        let meets_name = |text_y: i32| {
            taken.iter().any(|&(other_x, other_y)| {
                (other_x - x).abs() < NAMES && (other_y - text_y).abs() < 14
            })
        };
        let meets_point = |text_y: i32| {
            points.iter().map(place).any(|(other_x, other_y)| {
                (x + 1..x + NAMES).contains(&other_x) && (other_y - text_y).abs() < 12
            })
        };
        while meets_name(text_y) || meets_point(text_y) {
            text_y += 2;
        }
        taken.push((x, text_y));
        let color = palette.of(&point.allocator);
        let is_ours = color == palette.ours;
        let ink = if is_ours { palette.ours } else { palette.text };
        let shift = (10, text_y - y);
        let mark = EmptyElement::at(at)
            + PathElement::new(vec![(0, 0), shift], palette.muted)
            + Circle::new((0, 0), 5, color.filled())
            + Text::new(
                point.allocator.clone(),
                (shift.0 + 2, shift.1),
                style(12, ink, HPos::Left),
            );
        plot.draw(&mark).map_err(broken)?;
    }
    Ok(())
}
