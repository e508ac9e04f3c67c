//! Statistics are taken and printed without memory.

use super::{POOL, counting, layout};
use crate::common::block::Block;
use poolalloc::PoolAlloc;
use std::fmt::Write;

/// Text in place.
struct Fixed {
    text: [u8; 16 << 10],
    length: usize,
}

impl Write for Fixed {
    fn write_str(&mut self, part: &str) -> std::fmt::Result {
        let end = self.length + part.len();
        self.text
            .get_mut(self.length..end)
            .ok_or(std::fmt::Error)?
            .copy_from_slice(part.as_bytes());
        self.length = end;
        Ok(())
    }
}

#[test]
fn statistics_are_taken_and_printed_without_an_allocation() {
    let block = Block::alloc(&POOL, layout(100, 8), 1);
    let mut fixed = Fixed { text: [0; 16 << 10], length: 0 };
    let before = counting::requests();
    let stats = PoolAlloc::stats();
    let wrote = write!(fixed, "{stats}");
    assert_eq!(counting::requests(), before, "stats() or its Display allocated");
    assert_eq!(wrote, Ok(()), "the table is longer than {} bytes", fixed.text.len());
    let text = std::str::from_utf8(&fixed.text[..fixed.length]).expect("text");
    for word in ["allocated", "committed", "reserved"] {
        assert!(text.contains(word), "the table does not name the {word} bytes:\n{text}");
    }
    block.free();
}
