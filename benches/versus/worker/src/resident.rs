//! How much of this process is resident, asked without allocating.

use std::{fs::File, io::Read};

/// Bytes that are resident now.
pub(crate) fn now_bytes() -> u64 {
    field_bytes("VmRSS:")
}

/// Most bytes that ever were.
pub(crate) fn peak_bytes() -> u64 {
    field_bytes("VmHWM:")
}

/// A field of `/proc/self/status`, which the kernel gives in KiB.
fn field_bytes(name: &str) -> u64 {
    let mut text = [0; 8192];
    let mut length = 0;
    let mut file = File::open("/proc/self/status").expect("Linux has /proc/self/status");
    while let Ok(count @ 1..) = file.read(&mut text[length..]) {
        length += count;
    }
    let text = str::from_utf8(&text[..length]).expect("the kernel writes ASCII");
    let line = text.lines().find_map(|line| line.strip_prefix(name)).expect("Linux has the field");
    let kib: u64 = line.trim().trim_end_matches(" kB").parse().expect("the field is a number");
    kib * 1024
}
