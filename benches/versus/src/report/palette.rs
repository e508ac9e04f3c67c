//! Colours of charts.

use plotters::style::RGBColor;

/// Colours for a light or a dark page; the background is the page's own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Palette {
    /// Of the files' names, and of the class in the page.
    pub(super) suffix: &'static str,
    pub(super) class: &'static str,
    pub(super) text: RGBColor,
    /// Text that matters less, and what spreads are drawn in.
    pub(super) muted: RGBColor,
    pub(super) grid: RGBColor,
    /// The allocator of this repository, and the same over another one.
    pub(super) ours: RGBColor,
    pub(super) ours_layered: RGBColor,
    pub(super) peers: RGBColor,
}

impl Palette {
    pub(super) const ALL: [Self; 2] = [
        Self {
            suffix: "",
            class: "light",
            text: RGBColor(0x1f, 0x23, 0x28),
            muted: RGBColor(0x59, 0x63, 0x6e),
            grid: RGBColor(0xd1, 0xd9, 0xe0),
            ours: RGBColor(0xc2, 0x41, 0x0c),
            ours_layered: RGBColor(0xf0, 0x9d, 0x6d),
            peers: RGBColor(0x7d, 0x9c, 0xc0),
        },
        Self {
            suffix: "-dark",
            class: "dark",
            text: RGBColor(0xf0, 0xf6, 0xfc),
            muted: RGBColor(0xa4, 0xae, 0xb9),
            grid: RGBColor(0x3d, 0x44, 0x4d),
            ours: RGBColor(0xff, 0x8a, 0x4c),
            ours_layered: RGBColor(0xa3, 0x55, 0x2b),
            peers: RGBColor(0x54, 0x76, 0x9e),
        },
    ];

    /// The colour of an allocator.
    pub(super) fn of(&self, allocator: &str) -> RGBColor {
        match allocator.strip_prefix(crate::tables::SUBJECT) {
            Some("") => self.ours,
            Some(_) => self.ours_layered,
            None => self.peers,
        }
    }
}
