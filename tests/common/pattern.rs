//! Bytes that say whose they are: a pattern that depends on a tag and on the place in the block.

/// Bytes of the table that patterns are cut from; a power of two.
const TABLE_BYTES: usize = 8192;

/// Bytes copied or compared at a time.
const CHUNK_BYTES: usize = TABLE_BYTES / 2;

/// Pseudo-random bytes; a pattern is a run of windows into them.
static TABLE: [u8; TABLE_BYTES] = table();

/// What zeroed memory is compared with.
static ZEROES: [u8; CHUNK_BYTES] = [0; CHUNK_BYTES];

const fn table() -> [u8; TABLE_BYTES] {
    let mut bytes = [0; TABLE_BYTES];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut index = 0;
    while index < TABLE_BYTES {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        // Never zero: a block that somebody cleared does not look like a pattern.
        bytes[index] = state.to_le_bytes()[3] | 1;
        index += 1;
    }
    bytes
}

/// The bytes that stand at `chunk` in a block with `tag`.
fn window(tag: u64, chunk: usize) -> &'static [u8] {
    let mixed = (tag.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32).wrapping_add(chunk as u64 * 1021);
    let start = usize::try_from(mixed % CHUNK_BYTES as u64).expect("below CHUNK_BYTES");
    &TABLE[start..start + CHUNK_BYTES]
}

/// Writes the pattern of `tag` over `bytes`.
pub(crate) fn fill(bytes: &mut [u8], tag: u64) {
    for (chunk, part) in bytes.chunks_mut(CHUNK_BYTES).enumerate() {
        part.copy_from_slice(&window(tag, chunk)[..part.len()]);
    }
}

/// True if `bytes` are the start of the pattern of `tag`.
pub(crate) fn is_filled(bytes: &[u8], tag: u64) -> bool {
    bytes
        .chunks(CHUNK_BYTES)
        .enumerate()
        .all(|(chunk, part)| *part == window(tag, chunk)[..part.len()])
}

/// True if every byte is 0.
pub(crate) fn is_zero(bytes: &[u8]) -> bool {
    bytes.chunks(CHUNK_BYTES).all(|part| *part == ZEROES[..part.len()])
}

/// True if every item is `item`: as fast as a comparison of memory, in debug builds too.
pub(crate) fn is_all<T: PartialEq>(items: &[T], item: &T) -> bool {
    match items {
        [] => true,
        [first, rest @ ..] => first == item && *rest == items[..rest.len()],
    }
}
