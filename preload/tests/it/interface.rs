//! Programs in C and C++ on the library: what the interface promises, misuse, forks, and the ends of
//! threads, libraries and processes.

use crate::child::{Ended, build, library, run};
use std::process::Command;

#[test]
fn the_c_interface_does_what_glibc_does() {
    let program = build("interface.c", &[]);
    assert_eq!(run(&program, &[]).success(), "ok\n");
}

#[test]
fn operators_new_and_delete_call_the_handler_and_throw_what_is_caught() {
    let program = build("operators.cpp", &[]);
    assert_eq!(run(&program, &[]).success(), "ok\n");
}

#[test]
fn blocks_outlive_threads_libraries_and_main() {
    let program = build("teardown.c", &[]);
    let closed = build("library.c", &["-shared", "-fPIC"]);
    assert_eq!(run(&program, &[closed.as_os_str()]).success(), "ok\n");
}

/// How often it forks: `FORKS` in the environment, or 500 times.
#[test]
fn children_of_forks_among_eight_busy_threads_live_and_so_does_the_parent() {
    let forks = std::env::var("FORKS").unwrap_or_else(|_| "500".into());
    let program = build("forks.c", &[]);
    assert_eq!(run(&program, &[forks.as_ref()]).success(), "ok\n");
}

#[test]
fn the_library_serves_beside_malloc_when_it_is_opened_late() {
    let program = build("late.c", &[]);
    let mut command = Command::new(program);
    assert_eq!(Ended::of(command.arg(library())).success(), "ok\n");
}

#[test]
fn a_free_of_what_is_no_block_is_one_line_and_an_abort() {
    let program = build("misuse.c", &[]);
    let not_ours = "free of a block that is not ours";
    let inside = "free of an address inside of a block";
    for (what, fault) in [
        ("stack", not_ours),
        ("data", not_ours),
        ("code", not_ours),
        ("unmapped", not_ours),
        ("wild", not_ours),
        ("beyond", not_ours),
        ("mapping", not_ours),
        ("header", not_ours),
        ("inside-small-1", inside),
        ("inside-small-8", inside),
        ("inside-small-16", inside),
        ("inside-medium", inside),
        ("inside-large", inside),
        ("inside-large-far", inside),
        ("twice-small", "double free"),
        ("twice-medium", "double free"),
        ("twice-large", "double free"),
    ] {
        let ended = run(&program, &[what.as_ref()]);
        assert_eq!(ended.signal(), Some(libc::SIGABRT), "{what}: {ended}");
        let address = ended.stdout.trim_end();
        assert!(address.starts_with("0x"), "{what}: {ended}");
        assert_eq!(
            ended.stderr,
            format!("poolalloc: {fault}: address {address}\n"),
            "{what}: one line names the fault and the address"
        );
    }
}

#[test]
fn the_library_needs_at_most_192_bytes_of_static_tls() {
    let said = Ended::of(Command::new("readelf").arg("-lW").arg(library())).success();
    let tls =
        said.lines().find(|line| line.trim_start().starts_with("TLS")).expect("a segment TLS");
    // Type, offset, address, address, bytes in the file, bytes in memory.
    let bytes = tls.split_whitespace().nth(5).and_then(|bytes| bytes.strip_prefix("0x"));
    let bytes = u32::from_str_radix(bytes.expect("a number"), 16).expect("a number");
    assert!(bytes <= 192, "{bytes} bytes of static TLS: {tls}");
}
