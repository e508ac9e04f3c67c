//! The command line: which files the PATHs stand for, and what is refused.

use crate::{
    naive::Naive,
    program::{Run, command, figures, run},
    tree,
};
use serde_json::json;
use std::path::Path;

#[test]
fn git_and_target_folders_are_skipped_below_a_path_only() {
    let folder = tree(&[
        ("kept", b"kept"),
        (".git/HEAD", b"skipped"),
        ("target/debug/x", b"skipped"),
        ("a/b/target/x", b"skipped"),
        ("a/b/.git/x", b"skipped"),
        ("a/b/targets/x", b"kept"),
        ("a/.github/x", b"kept"),
        ("a/Target.d/x", b"kept"),
        // Files, not folders.
        ("c/target", b"kept"),
        ("c/.git", b"kept"),
    ]);
    assert_eq!(
        figures([folder.path()])["top"],
        json!([["kept", 6]]),
        "the wrong folders are skipped"
    );
    for path in ["target", ".git", "a/b/target", "target/debug", "target/debug/x"] {
        let top = figures([folder.path().join(path)])["top"].clone();
        assert_eq!(top, json!([["skipped", 1]]), "the PATH {path} itself is skipped");
    }
}

#[test]
fn a_path_may_be_a_file() {
    let folder = tree(&[("a", b"one two"), ("b", b"three")]);
    let expected = Naive::of_bytes(b"one two").figures();
    assert_eq!(figures([folder.path().join("a")]), expected, "a file as PATH is that file alone");
}

#[test]
fn an_empty_folder_is_an_empty_index() {
    let folder = tree(&[]);
    assert_eq!(
        figures([folder.path()]),
        Naive::default().figures(),
        "nothing was found where nothing is"
    );
}

#[test]
fn a_file_that_several_paths_lead_to_counts_once() {
    let folder = tree(&[
        ("a/x", b"x"),
        ("a/b/y", b"y"),
        ("a/target/z", b"z"),
        ("c/w", b"w"),
        ("c/target", b"a file"),
    ]);
    let at = |path: &str| folder.path().join(path);
    let all_but_target = Naive::of_tree(folder.path()).figures();
    let overlaps: [&[&str]; 8] = [
        &["", ""],
        &["", "a"],
        &["", "c/target"],
        &["a", ""],
        &["a/b/y", "a", "", "a/b"],
        &["c/../a", "", "./a/./b"],
        &["a/x", "a/b", "a", "c"],
        &["a/b", "a/b/y", "c", "a/b/../x"],
    ];
    for paths in overlaps {
        assert_eq!(
            figures(paths.iter().map(|path| at(path))),
            all_but_target,
            "{paths:?} counts a file twice or not"
        );
    }

    // The walk of "a" does not come by "a/target", nor does that of "a/target" come by itself twice.
    let mut all = Naive::of_tree(folder.path());
    all.add_file(b"z");
    for paths in
        [["", "a/target", "a/target/z"], ["a/target/z", "a/target", ""], ["a/target", "", "a"]]
    {
        assert_eq!(
            figures(paths.iter().map(|path| at(path))),
            all.figures(),
            "{paths:?} counts a file twice or not"
        );
    }
}

#[test]
fn a_missing_path_is_one_line_and_exit_code_2() {
    let folder = tree(&[("a", b"one")]);
    let missing = folder.path().join("is not there");
    let good = folder.path().to_path_buf();
    for paths in [vec![&missing], vec![&good, &missing], vec![&missing, &good]] {
        let run = run(paths);
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (Some(2), ""),
            "nothing is indexed when a PATH is missing"
        );
        let line = run.stderr.strip_suffix('\n').expect("the message is a line");
        assert!(
            !line.contains('\n') && line.contains("is not there"),
            "not one clear line: {line}"
        );
    }
}

#[test]
fn a_bad_argument_is_exit_code_2() {
    let bad: [&[&str]; 8] = [
        &["--threads", "0"],
        &["--threads", "-1"],
        &["--threads", "many"],
        &["--threads", "1000000"],
        &["--threads"],
        &["--json=yes"],
        &["--frobnicate"],
        &[""],
    ];
    for args in bad {
        let run = run(args);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{args:?} is not refused");
        assert!(!run.stderr.is_empty(), "{args:?} is refused without a word");
    }
}

#[test]
fn without_path_this_repository_and_the_registry_sources_are_indexed() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let home = tree(&[
        ("registry/src/index/crate-1.0.0/lib.rs", b"fn registry_word_of_this_test() {}"),
        ("other", b"x"),
    ]);
    let json = |home: &Path| {
        let run = command(["--json"]).env("CARGO_HOME", home).output();
        Run::from(run.expect("the program starts")).figures()
    };
    let mut expected = Naive::of_tree(repository);
    assert_eq!(
        json(&home.path().join("none")),
        expected.figures(),
        "the default is this repository"
    );
    expected.add_tree(&home.path().join("registry/src"));
    assert_eq!(json(home.path()), expected.figures(), "the default includes registry sources");
}
