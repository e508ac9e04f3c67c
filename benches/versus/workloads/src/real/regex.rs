//! Regular expressions, compiled.

use crate::{Group, Params, Workload, team};
use regex::Regex;

/// A program that compiles its patterns at the start, or too often: parse tree, program, caches;
/// then one search, and all of it is dropped.
///
/// Sizes: 8 B to some hundred KiB, most below 200 B; vectors that grow. Lifetimes: from a step of
/// the compiler to the end of the pattern. Remote frees: none; each thread does all of the work.
pub(super) const REGEX_COMPILE: Workload = Workload {
    name: "regex-compile",
    group: Group::Real,
    about: "patterns are compiled, searched for once and dropped",
    run,
};

/// What people search for.
const PATTERNS: &[&str] = &[
    r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$",
    r"(?i)\b[a-z0-9._%+-]+@[a-z0-9.-]+\.[a-z]{2,}\b",
    r"https?://(?:[a-zA-Z0-9-]+\.)+[a-z]{2,6}(?:/[^\s?#]*)?(?:\?[^\s#]*)?",
    r"(?P<level>ERROR|WARN|INFO|DEBUG|TRACE)\s+\[(?P<target>[^\]]+)\]\s+(?P<text>.*)$",
    r"\b(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b",
    r"(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}",
    r"\p{Lu}\p{Ll}+(?:\s\p{Lu}\p{Ll}+)*",
    r"[\p{Greek}\p{Cyrillic}]+",
    r"(\w+)\s+(\w+)\s+(\w+)",
    r#""(?:[^"\\]|\\.)*""#,
    r"(?m)^\s*fn\s+(\w+)\s*(<[^>]*>)?\s*\(([^)]*)\)",
    r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)\s+(?:morning|noon|evening)",
    r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?",
    r"(?s)/\*.*?\*/",
    r"^(?:a{1,20}b){1,10}$",
];

/// One place for each to find or to miss.
const TEXT: &str = "2024-05-06T07:08:09Z ERROR [net::tcp] Ann Lee <ann.lee@example.org> wrote on \
    Monday morning from 192.168.10.254 /* 1.5e-3 */ \"to \\\"all\\\"\": \
    fn main() {} \u{3b1}\u{3b2}";

fn run(params: &Params<'_>) -> u64 {
    let rounds = params.count(120);
    params.start();
    team::sum(params.threads, |_| (0..rounds).map(|_| search()).sum())
}

/// Where each pattern was found, added up.
fn search() -> u64 {
    let ends = PATTERNS.iter().map(|pattern| {
        let regex = Regex::new(pattern).expect("the patterns are valid");
        regex.find(TEXT).map_or(1, |found| found.end() as u64)
    });
    ends.sum()
}
