//! `poolalloc-run`, and the options that the library reads from the environment.

use crate::child::{Ended, build, library, runner};
use std::{
    ffi::OsStr,
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    process::Command,
};

/// `poolalloc-run` with the library that goes with it.
fn poolalloc_run() -> Command {
    let mut command = Command::new(runner());
    command.arg("--library").arg(library());
    for variable in [
        "POOLALLOC_STATS",
        "POOLALLOC_VERBOSE",
        "POOLALLOC_PURGE_AFTER",
        "POOLALLOC_MAGAZINE_BYTES",
        "POOLALLOC_LIMIT",
        "POOLALLOC_HUGE_PAGES",
        "LD_PRELOAD",
    ] {
        command.env_remove(variable);
    }
    command
}

/// How many reports there are in a text, by the lines that begin them.
fn reports<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let begins = format!("poolalloc: {name}, process ");
    text.lines().filter_map(|line| line.strip_prefix(&begins)).collect()
}

#[test]
fn the_exit_status_and_the_signal_are_the_programs() {
    for (script, code, signal) in
        [("exit 0", Some(0), None), ("exit 37", Some(37), None), ("kill -TERM $$", None, Some(15))]
    {
        let ended = Ended::of(poolalloc_run().args(["--", "sh", "-c", script]));
        assert_eq!((ended.status.code(), ended.signal()), (code, signal), "{script}: {ended}");
        assert_eq!(ended.stderr, "", "{script}");
    }
}

#[test]
fn options_behind_the_program_are_the_programs() {
    let ended = Ended::of(poolalloc_run().args(["echo", "--stats", "--help", "-x"]));
    assert_eq!(ended.success(), "--stats --help -x\n");
}

#[test]
fn a_wrong_command_line_has_a_status_that_programs_seldom_have() {
    for arguments in [&["--no-such-option", "true"][..], &["--stats"], &[]] {
        let ended = Ended::of(Command::new(runner()).args(arguments));
        assert_eq!(ended.status.code(), Some(125), "{arguments:?}: {ended}");
        assert!(ended.stderr.contains("Usage: poolalloc-run"), "{arguments:?}: {ended}");
    }
    let ended = Ended::of(Command::new(runner()).arg("--help"));
    assert!(ended.success().contains("Usage: poolalloc-run"));
}

#[test]
fn what_cannot_be_run_is_named() {
    let ended = Ended::of(poolalloc_run().arg("no-such-program-anywhere"));
    assert_eq!(ended.status.code(), Some(127), "{ended}");
    assert!(ended.stderr.starts_with("poolalloc-run: no-such-program-anywhere: "), "{ended}");
    let ended = Ended::of(poolalloc_run().arg("/"));
    assert_eq!(ended.status.code(), Some(126), "{ended}");
    let ended = Ended::of(Command::new(runner()).args(["--library", "/no/such.so", "true"]));
    assert_eq!(ended.status.code(), Some(125), "{ended}");
    assert!(ended.stderr.starts_with("poolalloc-run: /no/such.so: "), "{ended}");
}

#[test]
fn the_library_is_found_beside_the_runner_and_a_path_that_ends_at_a_blank_is_refused() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let (beside, blank) = (folder.path().join("run"), folder.path().join("a b.so"));
    // No copy: a process that another test starts meanwhile would have it open for writing, and no such
    // program runs.
    fs::hard_link(runner(), &beside).expect("the runner gets a second name");
    let ended = Ended::of(Command::new(&beside).arg("true"));
    assert_eq!(ended.status.code(), Some(125), "no library is there: {ended}");
    fs::copy(library(), folder.path().join("libpoolalloc_preload.so")).expect("copied");
    let ended = Ended::of(Command::new(&beside).arg("--stats").arg("true"));
    assert_eq!(reports(&ended.stderr, "true").len(), 1, "{ended}");
    fs::copy(library(), &blank).expect("copied");
    let ended = Ended::of(Command::new(runner()).arg("--library").arg(&blank).arg("true"));
    assert_eq!(ended.status.code(), Some(125), "{ended}");
    assert!(ended.stderr.contains("a blank or a colon"), "{ended}");
}

#[test]
fn what_is_preloaded_already_stays() {
    let other = build("library.c", &["-shared", "-fPIC"]);
    let mut command = poolalloc_run();
    command.env("LD_PRELOAD", &other).args(["sh", "-c", "echo $LD_PRELOAD; cat /proc/$$/maps"]);
    let said = Ended::of(&mut command).success();
    let expected = format!("{}:{}", library().canonicalize().unwrap().display(), other.display());
    assert_eq!(said.lines().next(), Some(&*expected));
    for name in [library().canonicalize().unwrap(), other] {
        assert!(said.contains(&*name.to_string_lossy()), "{} is not there: {said}", name.display());
    }
}

#[test]
fn every_process_reports_once_at_its_own_end() {
    let ended = Ended::of(poolalloc_run().args(["--stats", "sh", "-c", "ls >&2; exec ls /"]));
    assert_eq!(reports(&ended.stderr, "sh"), [""; 0], "the shell became another program");
    let processes = reports(&ended.stderr, "ls");
    assert_eq!(processes.len(), 2, "one was a child, one came by exec: {ended}");
    assert_ne!(processes[0], processes[1]);
    for row in ["peak resident ", "allocated ", "committed ", "   block    slabs "] {
        let rows = ended.stderr.lines().filter(|line| line.starts_with(row));
        assert_eq!(rows.count(), 2, "{row}: {ended}");
    }
    let peak = ended.stderr.lines().find_map(|line| line.strip_prefix("peak resident"));
    let kib: u64 = peak.unwrap().trim().strip_suffix(" KiB").unwrap().parse().unwrap();
    assert!((200..1 << 20).contains(&kib), "{kib} KiB");
}

#[test]
fn children_of_forks_report_also_if_they_leave_by_underscore_exit() {
    let program = build("family.c", &[]);
    let ended = Ended::of(poolalloc_run().arg("--stats").arg(&program));
    let name = program.file_name().and_then(OsStr::to_str).unwrap();
    let mut processes = reports(&ended.stderr, name);
    processes.sort_unstable();
    let mut expected: Vec<_> = ended.stdout.lines().collect();
    expected.sort_unstable();
    assert_eq!(processes, expected, "each that printed its number reports: {ended}");
}

#[test]
fn reports_go_to_a_file_of_each_process() {
    let folder = tempfile::tempdir().expect("a folder");
    let stats = format!("--stats={}/report", folder.path().display());
    let ended = Ended::of(poolalloc_run().args([&stats, "sh", "-c", "ls >/dev/null; echo $$"]));
    assert_eq!(ended.stderr, "");
    let process = ended.success();
    let shell = folder.path().join(format!("report.{}", process.trim()));
    let text = fs::read_to_string(shell).expect("the shell's report");
    assert_eq!(reports(&text, "sh"), [process.trim()], "{text}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "the shell's, and that of ls");
    // Where it cannot be written there is one line.
    let ended = Ended::of(poolalloc_run().args(["--stats=/no/such/folder/x", "true"]));
    assert!(ended.stderr.starts_with("poolalloc: no report: "), "{ended}");
    assert_eq!(ended.stderr.lines().count(), 1, "{ended}");
    assert!(ended.status.success());
}

/// What `POOLALLOC_MAGAZINE_BYTES` may be.
const MAGAZINES: &str = "a number of bytes, or with K or M behind, up to 16M";
/// What `POOLALLOC_LIMIT` may be.
const LIMITS: &str = "a number of bytes, or with K, M or G behind, from 1M on";

#[test]
fn a_wrong_value_in_the_environment_is_one_line_and_has_no_effect() {
    for (name, value, allowed) in [
        ("POOLALLOC_STATS", "yes", "0, 1, or an absolute path"),
        ("POOLALLOC_STATS", "report", "0, 1, or an absolute path"),
        ("POOLALLOC_VERBOSE", "2", "0 or 1"),
        ("POOLALLOC_PURGE_AFTER", "9", "a number from 10 to 1000000000"),
        ("POOLALLOC_PURGE_AFTER", "1s", "a number from 10 to 1000000000"),
        ("POOLALLOC_MAGAZINE_BYTES", "many", MAGAZINES),
        ("POOLALLOC_MAGAZINE_BYTES", "17M", MAGAZINES),
        ("POOLALLOC_LIMIT", "0", LIMITS),
        ("POOLALLOC_LIMIT", "1023K", LIMITS),
        ("POOLALLOC_LIMIT", "1T", LIMITS),
        ("POOLALLOC_LIMIT", "20000000000G", LIMITS),
        ("POOLALLOC_HUGE_PAGES", "yes", "never, dense or always"),
    ] {
        let ended = Ended::of(poolalloc_run().env(name, value).args(["echo", "done"]));
        let line = format!("poolalloc: ignored: {name}={value}: the value is not {allowed}\n");
        assert_eq!((&*ended.stdout, &*ended.stderr), ("done\n", &*line));
    }
    for (name, value) in
        [("POOLALLOC_STATS", "0"), ("POOLALLOC_STATS", ""), ("POOLALLOC_VERBOSE", "0")]
    {
        let ended = Ended::of(poolalloc_run().env(name, value).arg("true"));
        assert_eq!(ended.stderr, "", "{name}={value}");
    }
    let ended = Ended::of(poolalloc_run().env("POOLALLOC_VERBOSE", "1").arg("true"));
    assert!(ended.stderr.starts_with("poolalloc: serves malloc of true, process "), "{ended}");
}

#[test]
fn memory_goes_back_on_slow_paths_when_it_was_unused_for_as_long_as_asked_for() {
    let program = build("purge.c", &[]);
    for (ms, most_seconds, answer) in
        [("10", "60", "fell\n"), ("", "60", "fell\n"), ("1000000000", "2", "stays\n")]
    {
        let mut command = poolalloc_run();
        command.env("POOLALLOC_PURGE_AFTER", ms).arg(&program).arg(most_seconds);
        assert_eq!(Ended::of(&mut command).success(), answer, "{ms} ms");
    }
}

#[test]
fn a_thread_keeps_no_more_free_blocks_than_it_may() {
    let program = build("keep.c", &[]);
    let kept = |bytes: &str| {
        let mut command = poolalloc_run();
        command.env("POOLALLOC_MAGAZINE_BYTES", bytes).arg("--stats").arg(&program);
        let ended = Ended::of(&mut command);
        let row = ended.stderr.lines().find_map(|line| line.strip_prefix("in magazines"));
        let kib = row.and_then(|row| row.trim().strip_suffix(" KiB")?.trim().parse().ok());
        let kib: u32 = kib.unwrap_or_else(|| panic!("no such row: {ended}"));
        ended.success();
        kib
    };
    // Beside the budget: a little of each of the five sizes, and of what the C library uses.
    const LEAST_KIB: u32 = 40;
    for (bytes, least, most) in
        [("0", 0, 0), ("64K", 32, 64), ("", 256, 512), ("4M", 512 + LEAST_KIB, 4096)]
    {
        let kib = kept(bytes);
        assert!((least..=most + LEAST_KIB).contains(&kib), "{bytes}: {kib} KiB");
    }
}

#[test]
fn beyond_the_limit_malloc_fails_and_goes_on_once_memory_is_freed() {
    let program = build("limit.c", &[]);
    for (limit, mib, answer) in [
        ("64M", "64", "limited\n"),
        ("67108864", "64", "limited\n"),
        ("", "64", "unlimited\n"),
        ("1G", "64", "unlimited\n"),
    ] {
        let mut command = poolalloc_run();
        command.env("POOLALLOC_LIMIT", limit).arg(&program).arg(mib);
        assert_eq!(Ended::of(&mut command).success(), answer, "{limit}");
    }
}

#[test]
fn a_program_without_rights_for_it_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("text");
    fs::write(&file, "no program").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let link = folder.path().join("link");
    symlink(&file, &link).unwrap();
    let ended = Ended::of(poolalloc_run().arg(link));
    assert_eq!(ended.status.code(), Some(126), "{ended}");
}
