//! Links, sockets, permissions, pipes and terminals.

use crate::{
    naive::Naive,
    program::{Run, command, figures, program, run},
    tree, write,
};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::json;
use std::{
    ffi::OsStr,
    fs::{self, File, OpenOptions, Permissions},
    io::{self, Read},
    os::unix::{
        ffi::OsStrExt,
        fs::{PermissionsExt, symlink},
        net::UnixListener,
        process::CommandExt,
    },
    path::Path,
    process::{Command, Stdio},
    thread,
};

#[test]
fn links_are_not_followed() {
    let folder = tree(&[("inside/file", b"inside"), ("outside/file", b"outside")]);
    let at = |path: &str| folder.path().join(path);
    symlink("../outside/file", at("inside/to_file")).expect("a link can be made");
    symlink("../outside", at("inside/to_folder")).expect("a link can be made");
    symlink("..", at("inside/loop")).expect("a link can be made");
    symlink("nowhere", at("inside/dangling")).expect("a link can be made");
    assert_eq!(
        figures([at("inside")]),
        Naive::of_bytes(b"inside").figures(),
        "a link was followed"
    );

    for link in ["to_file", "to_folder", "dangling"] {
        let link = at("inside").join(link);
        let run = run([link.as_os_str(), "--json".as_ref()]);
        assert_eq!(run.code, Some(0), "to be no regular file is not an error");
        assert_eq!(run.figures(), Naive::default().figures(), "a link given as PATH was followed");
        let line =
            format!("index: {}: skipped, neither a regular file nor a folder\n", link.display());
        assert_eq!(run.stderr, line, "a PATH is passed over without a word");
    }
    // The slash names the folder, as everywhere in Unix.
    let slash = at("inside").join("to_folder/");
    assert_eq!(
        figures([slash]),
        Naive::of_bytes(b"outside").figures(),
        "link/ is the folder behind the link"
    );
    // One file in two ways: below a folder behind a link, and by its own name.
    let twice = [at("inside/to_folder/file"), at("outside")];
    assert_eq!(
        figures(twice),
        Naive::of_bytes(b"outside").figures(),
        "a link hides that two PATHs are one"
    );
}

#[test]
fn what_is_no_regular_file_is_not_opened() {
    let folder = tree(&[("file", b"word")]);
    let _listener =
        UnixListener::bind(folder.path().join("socket")).expect("a socket can be bound");
    assert_eq!(
        figures([folder.path()]),
        Naive::of_bytes(b"word").figures(),
        "a socket counts or is an error"
    );
    assert_eq!(
        run(["/dev/null", "--json"]).figures(),
        Naive::default().figures(),
        "a device is no regular file"
    );
}

#[test]
fn names_need_not_be_text() {
    let folder = tree(&[]);
    write(&folder.path().join(OsStr::from_bytes(b"\xFF\xFE\n")), b"word");
    assert_eq!(
        figures([folder.path()]),
        Naive::of_bytes(b"word").figures(),
        "a name that is not UTF-8 is lost"
    );
    let missing = run([folder.path().join(OsStr::from_bytes(b"\xFF\nmissing"))]);
    assert_eq!(missing.stderr.lines().count(), 1, "a line break in a name breaks the line");
}

/// Reading this file fails at once for every user: nothing is mapped at address 0.
#[cfg(target_os = "linux")]
const UNREADABLE: &str = "/proc/self/mem";

#[cfg(target_os = "linux")]
#[test]
fn an_unreadable_file_is_one_line_an_error_and_exit_code_1() {
    let folder = tree(&[("a", b"one two")]);
    for threads in ["1", "2", "8"] {
        let folder = folder.path().as_os_str();
        let run = run([
            UNREADABLE.as_ref(),
            folder,
            "--json".as_ref(),
            "--threads".as_ref(),
            threads.as_ref(),
        ]);
        let mut expected = Naive::of_bytes(b"one two").figures();
        expected["errors"] = json!(1);
        assert_eq!(
            run.figures(),
            expected,
            "a file that fails is an error, and no file, byte or word"
        );
        assert_eq!(run.code, Some(1), "an unreadable file was hushed up");
        assert_eq!(run.stderr.lines().count(), 1, "one line for one file: {}", run.stderr);
        assert!(run.stderr.contains(UNREADABLE), "the line does not name the file: {}", run.stderr);
    }
}

#[test]
fn files_and_folders_without_permission_are_errors_in_the_order_of_the_walk() {
    let folder = tree(&[
        ("tree/a", b"one"),
        ("tree/b_closed", b"no"),
        ("tree/c_closed/x", b"no"),
        ("tree/d", b"two"),
        ("tree/e/closed", b"no"),
    ]);
    let closed =
        ["tree/b_closed", "tree/c_closed", "tree/e/closed"].map(|path| folder.path().join(path));
    for path in &closed {
        fs::set_permissions(path, Permissions::from_mode(0o000)).expect("permissions can be taken");
    }
    let run = |threads: &str| -> Option<Run> {
        let args = ["tree", "--json", "--threads", threads];
        if File::open(&closed[0]).is_err() {
            return Some(
                command(args)
                    .current_dir(folder.path())
                    .output()
                    .expect("the program starts")
                    .into(),
            );
        }
        // Nothing is closed to this user: another one runs a copy, which it can reach.
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755))
            .expect("permissions can be given");
        // A child copies: a file open for writing here could slip into another test's child, and then nobody can
        // execute it.
        let copied = Command::new("cp").arg(program()).arg(folder.path().join("index")).status();
        assert!(copied.is_ok_and(|status| status.success()), "there is no copy of the program");
        let mut command = Command::new(folder.path().join("index"));
        match command.args(args).current_dir(folder.path()).uid(65534).gid(65534).output() {
            Ok(output) => Some(output.into()),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::PermissionDenied | io::ErrorKind::InvalidInput
                ) =>
            {
                None
            }
            Err(error) => panic!("the program does not start: {error}"),
        }
    };

    let mut expected = Naive::of_bytes(b"one");
    expected.add_file(b"two");
    let mut expected = expected.figures();
    expected["errors"] = json!(3);
    for threads in ["1", "2", "8"] {
        let Some(run) = run(threads) else {
            println!("skipped: all is open to this user, and it may not act for another");
            break;
        };
        assert_eq!(
            run.figures(),
            expected,
            "a file without permission is an error, and no file, byte or word"
        );
        assert_eq!(run.code, Some(1), "files without permission were hushed up");
        let places: Vec<_> =
            run.stderr.lines().map(|line| line.split(": ").nth(1).unwrap_or(line)).collect();
        assert_eq!(
            places,
            ["tree/b_closed", "tree/c_closed", "tree/e/closed"],
            "lines are lost or out of order"
        );
    }
    // So that the folder can be removed.
    fs::set_permissions(&closed[1], Permissions::from_mode(0o755))
        .expect("permissions can be given");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let folder = tree(&[("a", b"word")]);
    for args in [["--threads", "1"].as_slice(), &["--json"], &["--help"]] {
        let mut child = command(args).arg(folder.path()).spawn().expect("the program starts");
        drop(child.stdout.take());
        let run = Run::from(child.wait_with_output().expect("the program ends"));
        assert_eq!(
            (run.code, run.stderr.as_str()),
            (Some(0), ""),
            "{args:?} complains about a closed pipe"
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_that_cannot_be_written_is_one_line_and_exit_code_1() {
    let folder = tree(&[("a", b"word")]);
    for args in [["--threads", "1"].as_slice(), &["--json"]] {
        let full =
            OpenOptions::new().write(true).open("/dev/full").expect("Linux has a full device");
        let output =
            command(args).arg(folder.path()).stdout(full).output().expect("the program starts");
        let run = Run::from(output);
        assert_eq!(
            (run.code, run.stderr.lines().count()),
            (Some(1), 1),
            "the loss of the report is hushed up"
        );
    }
}

#[test]
fn progress_is_drawn_on_a_terminal_only_and_leaves_stdout_alone() {
    let folder = tree(&[]);
    for number in 0..200 {
        write(&folder.path().join(number.to_string()), b"word");
    }
    let master =
        openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("there is a terminal to be had");
    grantpt(&master).expect("the terminal is ours");
    unlockpt(&master).expect("the terminal is ours");
    let name = ptsname(&master, Vec::new()).expect("a terminal has a name");
    let terminal = OpenOptions::new()
        .read(true)
        .write(true)
        .open(Path::new(OsStr::from_bytes(name.as_bytes())));

    let mut command = command([folder.path().as_os_str(), "--json".as_ref()]);
    command.env("TERM", "xterm").stderr(Stdio::from(terminal.expect("the terminal can be opened")));
    let child = command.spawn().expect("the program starts");
    drop(command); // And with it this end of the terminal, so that the reader sees the other end close.
    let reader = thread::spawn(move || {
        let (mut drawn, mut master) = (Vec::new(), File::from(master));
        // Linux reports the closed end as an error, after the last byte.
        let _ = master.read_to_end(&mut drawn);
        String::from_utf8_lossy(&drawn).into_owned()
    });
    let run = Run::from(child.wait_with_output().expect("the program ends"));
    let drawn = reader.join().expect("the reader ends");

    assert_eq!(
        run.figures(),
        Naive::of_tree(folder.path()).figures(),
        "the bar disturbs what is on stdout"
    );
    assert!(drawn.contains("files"), "no progress on a terminal: {drawn:?}");
    assert!(
        drawn.trim_end().ends_with("\u{1b}[2K") || drawn.ends_with('\r'),
        "the bar stays behind: {drawn:?}"
    );
}
