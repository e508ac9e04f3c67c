//! The tool as its users meet it. The first test that needs a worker builds it.

use std::{
    ffi::OsStr,
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread,
    time::Duration,
};

/// Exit status.
const GOOD: i32 = 0;
const SHORT: i32 = 1;
const UNDECIDED: i32 = 2;
const UNABLE: i32 = 3;

fn versus<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_versus"));
    command.args(arguments).stdin(Stdio::null());
    command
}

/// Words of a command line, and a file.
fn with_json(words: &str, json: &Path) -> Command {
    let mut command = versus(words.split_whitespace());
    command.arg("--json").arg(json);
    command
}

/// What a command says, having ended with `status`.
#[track_caller]
fn ends(mut command: Command, status: i32) -> (String, String) {
    let Output { status: ended, stdout, stderr } = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let (out, errors) = (text(stdout), text(stderr));
    assert_eq!(ended.code(), Some(status), "{command:?}\n{out}\n{errors}");
    (out, errors)
}

/// Lines of a run's file that have `field`.
fn lines_with(json: &Path, field: &str) -> usize {
    let field = format!("\"{field}\":");
    fs::read_to_string(json)
        .unwrap_or_default()
        .lines()
        .filter(|line| line.contains(&field))
        .count()
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("run.json");
    (folder, json)
}

#[test]
fn wrong_use_is_one_line_and_a_status_of_its_own() {
    for words in [
        "",
        "frobnicate",
        "run --rounds 0",
        "run --profile debug",
        "run --allocators systen",
        "run --resume",
        "run --allocators system --json missing/run.json",
        "gate --json missing.json",
        "gate --json missing.json --all",
        "gate --json missing.json --metric wall --stat row --against best --max -1",
        "gate --json missing.json --metric size --stat row --against best --max 1",
        "report --json missing.json --out out",
        "agree one.json",
    ] {
        let (out, errors) = ends(versus(words.split_whitespace()), UNABLE);
        assert_eq!(errors.lines().count(), 1, "versus {words}: {errors}");
        assert!(errors.starts_with("versus: ") && out.is_empty(), "versus {words}: {errors}");
    }
}

#[test]
fn an_unknown_workload_is_named_before_anything_is_measured() {
    let (_folder, json) = folder();
    let run = with_json("run --allocators system --workloads pair,pear", &json);
    let (_, errors) = ends(run, UNABLE);
    assert!(errors.starts_with("versus: no workload or group is called pear"), "{errors}");
    assert_eq!(errors.lines().count(), 1, "{errors}");
    assert!(!json.exists(), "nothing was measured");
}

#[test]
fn workers_that_die_hang_or_are_wrong_are_told_and_the_others_measured() {
    let (_folder, json) = folder();
    let workloads = "pair,planted-crash,planted-kill,planted-hang,planted-wrong";
    let words = format!(
        "run --allocators system --workloads {workloads} --rounds 2 --scale 0.01 --limit 1 --seed 1"
    );
    let (out, errors) = ends(with_json(&words, &json), SHORT);
    for (workload, fault) in [
        ("planted-crash", "died of signal 6"),
        ("planted-kill", "died of signal 9"),
        ("planted-hang", "hung: not done after 1 s"),
    ] {
        let line = format!("FAILED: {workload} on system, round 2, {fault}");
        assert_eq!(errors.matches(&line).count(), 1, "{line} is not told once: {errors}");
    }
    assert!(errors.contains("WRONG: planted-wrong, system, round 1: checksum"), "{errors}");
    assert!(out.contains("| pair"), "the others are in the table: {out}");
    assert_eq!(lines_with(&json, "fault"), 6);
    assert_eq!(lines_with(&json, "wall_s"), 4, "pair and planted-wrong end");

    // What failed is tried again.
    let mut again = with_json(&words, &json);
    again.arg("--resume");
    ends(again, SHORT);
    assert_eq!((lines_with(&json, "fault"), lines_with(&json, "wall_s")), (12, 4));
}

#[test]
fn an_allocator_that_cannot_be_built_is_left_out_by_name() {
    let (_folder, json) = folder();
    let words = "run --allocators system,rpmalloc --workloads pair --rounds 1 --scale 0.01";
    let mut run = with_json(words, &json);
    run.env("CC", "/bin/false");
    let (_, errors) = ends(run, SHORT);
    assert!(errors.contains("versus: rpmalloc is left out, it cannot be built"), "{errors}");
    assert_eq!(lines_with(&json, "wall_s"), 1, "System is measured");
    let (out, _) = ends(with_json("table", &json), GOOD);
    assert!(out.contains("left out    rpmalloc: "), "{out}");
}

#[test]
fn planted_slowness_and_a_planted_leak_do_not_pass_the_gate() {
    let (folder, json) = folder();
    let words = "run --allocators system,planted-slow,planted-leaky --workloads random-victim \
                 --rounds 5 --scale 0.02";
    ends(with_json(words, &json), GOOD);
    let gate = |limit: &str| with_json(&format!("gate --stat row --against system {limit}"), &json);
    let (out, _) = ends(gate("--allocator planted-slow --metric wall --max 1.5"), SHORT);
    assert!(out.contains("SHORT      random-victim"), "{out}");
    let (out, _) = ends(gate("--allocator planted-leaky --metric peak-rss --max 1.05"), SHORT);
    assert!(out.contains("SHORT      random-victim"), "{out}");
    // The control: limits that are wide enough.
    ends(gate("--allocator planted-slow --metric wall --max 10000"), GOOD);
    ends(gate("--allocator planted-leaky --metric peak-rss --max 10000"), GOOD);
    // Nothing was idle.
    ends(gate("--allocator planted-leaky --metric idle-rss --max 1"), UNDECIDED);

    let table = folder.path().join("gates.toml");
    let limit = "[[gate]]\nmetric = 'wall'\nstat = 'geomean'\nagainst = 'system'\nmax = 1.5\n";
    fs::write(&table, limit).unwrap();
    let mut all = with_json("gate --all --allocator planted-slow", &json);
    all.arg("--gates").arg(&table);
    let (out, _) = ends(all, SHORT);
    assert!(out.contains("SHORT"), "{out}");

    let out = folder.path().join("report");
    let mut report = with_json("report", &json);
    report.arg("--out").arg(&out);
    ends(report, GOOD);
    let page = fs::read_to_string(out.join("index.html")).unwrap();
    assert!(page.contains("random-victim") && page.contains("planted-slow"), "{page}");
    assert!(!page.contains("http://") || page.contains("www.w3.org"), "the page loads nothing");
    for file in ["figures.csv", "overview.svg", "overview-dark.svg", "local.svg"] {
        assert!(fs::metadata(out.join(file)).unwrap().len() > 100, "{file} is empty");
    }

    ends(versus([OsStr::new("agree"), json.as_os_str(), json.as_os_str()]), GOOD);
}

#[test]
fn a_run_that_was_killed_goes_on_where_it_stopped() {
    let (_folder, json) = folder();
    let words = "run --allocators system --workloads pair --rounds 40 --scale 0.05";
    let mut run = with_json(words, &json);
    let mut child = run.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    while lines_with(&json, "wall_s") < 3 {
        if let Some(status) = child.try_wait().unwrap() {
            let errors = BufReader::new(child.stderr.take().unwrap()).lines();
            panic!("ended with {status}: {:?}", errors.collect::<Vec<_>>());
        }
        thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let done = lines_with(&json, "wall_s");
    assert!(done < 40, "it was to be killed on the way");

    let resume = |words: &str| {
        let mut run = with_json(words, &json);
        run.arg("--resume");
        run
    };
    let (_, errors) = ends(resume(&words.replace("40", "41")), UNABLE);
    assert!(errors.contains("rounds was 40, and is 41 now"), "{errors}");
    let (_, errors) = ends(with_json(words, &json), UNABLE);
    assert!(errors.contains("is there already; --resume goes on with it"), "{errors}");

    ends(resume(words), GOOD);
    let text = fs::read_to_string(&json).unwrap();
    for round in 1..=40 {
        let round = format!("\"round\":{round},");
        assert_eq!(text.matches(&round).count(), 1, "{round} was lost or measured twice");
    }
}
