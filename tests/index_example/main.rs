//! The example `index`, run as its users run it, on trees that the tests lay out.
#![cfg(not(any(miri, loom)))]

mod naive;
mod paths;
mod program;

#[cfg(unix)]
mod unix;

use naive::Naive;
use program::{figures, run};
use serde_json::{Value, json};
use std::{fs, path::Path};
use tempfile::TempDir;

/// A temporary folder with these files.
fn tree(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    for (name, bytes) in files {
        write(&folder.path().join(name), bytes);
    }
    folder
}

/// Writes a file and the folders above it.
fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().expect("a file lies in a folder"))
        .expect("there is room for a folder");
    fs::write(path, bytes).expect("there is room for a file");
}

/// A reproducible series of numbers (xorshift, 64 bits).
struct Series(u64);

impl Series {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).expect("the bound of a byte")
    }

    /// Words of few letters, so that they repeat, between bytes of all kinds.
    fn text(&mut self, length: usize) -> Vec<u8> {
        let mut text = Vec::with_capacity(length);
        while text.len() < length {
            for _ in 0..self.below(6) {
                let place = usize::try_from(self.below(10)).expect("the bound of the alphabet");
                text.push(b"aAbBzZ09__"[place]);
            }
            text.push(self.byte());
        }
        text.truncate(length);
        text
    }
}

#[test]
fn figures_equal_a_naive_count_for_any_number_of_threads() {
    let seed = 0x9E37_79B9_7F4A_7C15;
    println!("seed {seed:#x}");
    let mut series = Series(seed);
    let folder = tree(&[("empty", b""), ("no words", b"\xFF -\0- \xC3\xA9")]);
    // Around the size of a read, so that words begin, end and go on at its edge.
    for (number, length) in
        [1, 4096, 262_143, 262_144, 262_145, 524_288, 1_000_000].into_iter().enumerate()
    {
        write(&folder.path().join(format!("large/{number}")), &series.text(length));
    }
    for number in 0..300 {
        let length = usize::try_from(series.below(3000)).expect("a small bound");
        write(
            &folder.path().join(format!("{}/{}/{number}.txt", number % 7, number % 3)),
            &series.text(length),
        );
    }

    let expected = Naive::of_tree(folder.path()).figures();
    let path = folder.path().to_str().expect("a temporary folder has a plain name");
    assert_eq!(figures([path]), expected, "the default number of threads changes the figures");
    for threads in ["1", "2", "3", "8", "33"] {
        assert_eq!(
            figures([path, "--threads", threads]),
            expected,
            "{threads} threads change the figures"
        );
    }
}

#[test]
fn words_are_maximal_runs_of_ascii_letters_digits_and_underscores_in_lower_case() {
    let folder = tree(&[
        ("a", b"Foo foo_bar FOO-foo\r\n\xC3\x89cole \xFF\xFEx1\0X1\x80_ 0x1F;last"),
        ("b", b"last"),
    ]);
    let expected = json!({
        "files": 2,
        "bytes": 51,
        "words": 11,
        "distinct": 7,
        "top": [["foo", 3], ["last", 2], ["x1", 2], ["0x1f", 1], ["_", 1], ["cole", 1], ["foo_bar", 1]],
        "errors": 0,
    });
    assert_eq!(
        figures([folder.path()]),
        expected,
        "words are cut otherwise than the documentation says"
    );
}

#[test]
fn words_do_not_continue_from_one_file_into_the_next() {
    let folder = tree(&[("1", b"ab"), ("2", b"ab"), ("3", b"ab")]);
    assert_eq!(
        figures([folder.path()])["top"],
        json!([["ab", 3]]),
        "the end of a file ends a word"
    );
}

#[test]
fn a_word_longer_than_any_read_stays_one_word() {
    let long = "Q".repeat(700_001);
    let folder = tree(&[("long", format!("x {long} y {long}").as_bytes())]);
    let expected = json!([[long.to_lowercase(), 2], ["x", 1], ["y", 1]]);
    assert!(figures([folder.path()])["top"] == expected, "a long word was cut");
}

#[test]
fn words_may_begin_end_and_go_on_at_the_edge_of_a_read() {
    // The program reads 256 KiB at a time; around the edges letters and separators stand in every order.
    let edge = 256 << 10;
    let mut bytes = vec![b'-'; 33 * edge];
    for pattern in 0..32 {
        for place in 0..5 {
            if pattern >> place & 1 == 1 {
                bytes[(pattern + 1) * edge - 3 + place] =
                    b'a' + u8::try_from(place).expect("five places");
            }
        }
        bytes[(pattern + 1) * edge + 100] = b'z';
    }
    let expected = Naive::of_bytes(&bytes).figures();
    assert_eq!(
        figures([tree(&[("edges", &bytes)]).path()]),
        expected,
        "a word at an edge is cut, joined or lost"
    );
}

#[test]
fn top_holds_ten_words_by_count_and_then_by_word() {
    let folder = tree(&[("a", b"l k j i h g f e d c b a z z")]);
    let expected = json!([
        ["z", 2],
        ["a", 1],
        ["b", 1],
        ["c", 1],
        ["d", 1],
        ["e", 1],
        ["f", 1],
        ["g", 1],
        ["h", 1],
        ["i", 1]
    ]);
    assert_eq!(figures([folder.path()])["top"], expected, "the order of the list is another one");
}

#[test]
fn json_is_one_object_with_exactly_the_promised_fields() {
    let folder = tree(&[("a", b"one two two")]);
    let run = run([folder.path().as_os_str(), "--json".as_ref()]);
    let object: Value =
        serde_json::from_str(&run.stdout).expect("stdout is one JSON object and nothing else");
    let fields: Vec<&String> =
        object.as_object().expect("stdout is a JSON object").keys().collect();
    let mut promised =
        ["files", "bytes", "words", "distinct", "top", "errors", "seconds", "peak_rss_bytes"];
    promised.sort_unstable();
    assert_eq!(fields, promised, "the fields are not those promised");

    assert!(
        object["seconds"].as_f64().is_some_and(|seconds| seconds > 0.0),
        "seconds is a positive number"
    );
    if cfg!(target_os = "linux") {
        let rss = object["peak_rss_bytes"].as_u64();
        assert!(
            rss.is_some_and(|rss| (100 << 10..1 << 30).contains(&rss)),
            "no plausible peak: {rss:?}"
        );
    }
    assert_eq!(
        run.figures(),
        Naive::of_tree(folder.path()).figures(),
        "the other fields are figures"
    );
}

#[test]
fn the_table_shows_the_figures_the_files_of_words_and_the_stats_of_the_allocator() {
    let folder = tree(&[
        ("a few", b"rare"),
        ("level 1", b"even even"),
        ("level 2", b"even even"),
        ("many", b"word word word"),
        ("two", b"word word"),
    ]);
    let run = run([folder.path().as_os_str(), "--threads".as_ref(), "1".as_ref()]);
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (Some(0), ""),
        "a run without errors succeeds in silence"
    );
    let lines: Vec<Vec<&str>> =
        run.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    for figure in
        [["files", "5"], ["bytes", "45"], ["words", "10"], ["distinct", "3"], ["errors", "0"]]
    {
        assert!(
            lines.contains(&figure.to_vec()),
            "{figure:?} is not in the table:\n{}",
            run.stdout
        );
    }
    for start in
        [["elapsed"].as_slice(), &["peak", "RSS"], &["PoolAlloc::stats(),"], &["allocated"]]
    {
        assert!(
            lines.iter().any(|line| line.starts_with(start)),
            "no line {start:?}:\n{}",
            run.stdout
        );
    }
    // Of the files that hold a word equally often, the first of the walk.
    let words = [("word", 5, 2, "many"), ("even", 4, 2, "level 1"), ("rare", 1, 1, "a few")];
    let words = words.map(|(word, count, files, most)| {
        format!("{count:>10}{files:>10}  {word} ({})", folder.path().join(most).display())
    });
    assert!(
        run.stdout.contains(&words.join("\n")),
        "words or their files are wrong:\n{}",
        run.stdout
    );
}
