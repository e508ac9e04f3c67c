//! Work on a heap that stays as large as it is: what is counted to see that an operation costs the same
//! whatever is live.

use fastrand::Rng;
use std::{
    alloc::{Layout, alloc, dealloc},
    env,
};

/// A live block.
struct Block {
    address: *mut u8,
    layout: Layout,
}

impl Block {
    fn new(layout: Layout) -> Self {
        // SAFETY: the size is not 0.
        let address = unsafe { alloc(layout) };
        assert!(!address.is_null(), "out of memory");
        // SAFETY: a live block of at least a byte.
        unsafe { address.write(1) };
        Self { address, layout }
    }

    fn free(self) -> Layout {
        // SAFETY: allocated in `new` with this layout, and not used again.
        unsafe { dealloc(self.address, self.layout) };
        self.layout
    }
}

/// 16 to 1023 bytes; each doubling is as likely as the next.
fn any_layout(rng: &mut Rng) -> Layout {
    let least = 16 << rng.u32(0..6);
    Layout::from_size_align(rng.usize(least..2 * least), 8).expect("a layout")
}

/// `PATTERN BURST LIVE_BYTES ROUNDS`: makes so many bytes live; then frees `BURST` random blocks and
/// allocates as many, so many times. The new ones are, with the pattern
///
/// * `swap`, of the sizes of the old ones, in another order;
/// * `replace`, of any sizes, so that memory moves from one size to others.
///
/// # Panics
///
/// If the arguments are others, or there is no memory.
pub fn main() {
    let words: Vec<String> = env::args().skip(1).collect();
    let number = |index: usize| -> usize { words[index].parse().expect("a number") };
    let (burst, live_bytes, rounds) = (number(1), number(2), number(3));
    let swap = match words[0].as_str() {
        "swap" => true,
        "replace" => false,
        pattern => panic!("there is no pattern {pattern}"),
    };
    let mut rng = Rng::with_seed(1);
    let (mut blocks, mut layouts) = (Vec::new(), Vec::with_capacity(burst));
    let mut bytes = 0;
    while bytes < live_bytes {
        let layout = any_layout(&mut rng);
        bytes += layout.size();
        blocks.push(Block::new(layout));
    }
    for _ in 0..rounds {
        for _ in 0..burst {
            let old = blocks.swap_remove(rng.usize(0..blocks.len())).free();
            layouts.push(if swap { old } else { any_layout(&mut rng) });
        }
        rng.shuffle(&mut layouts);
        blocks.extend(layouts.drain(..).map(Block::new));
    }
}
