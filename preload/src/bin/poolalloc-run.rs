//! Runs a program with PoolAlloc as its `malloc`.
//!
//! It sets the environment and becomes the program: so exit status and signals are the program's.

use clap::Parser;
use std::{
    env,
    ffi::{OsStr, OsString},
    io,
    os::unix::{ffi::OsStrExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

/// Runs a program, and the programs it starts, with PoolAlloc as their malloc
///
/// The exit status is the program's; 127 if there is no such program, 126 if it cannot be run, 125 if
/// the library is not found or the command line is wrong. Programs that are linked statically, or have more rights than their
/// user, keep the malloc they have.
#[derive(Debug, Parser)]
#[command(version)]
struct Options {
    /// Print the allocator's table and the peak of resident memory when a process exits, to stderr
    /// or to the files PATH.PID, one for each process
    #[arg(long, value_name = "PATH", num_args = 0..=1, require_equals = true)]
    stats: Option<Option<PathBuf>>,

    /// The library to use instead of libpoolalloc_preload.so beside this program, or in ../lib
    #[arg(long, value_name = "PATH")]
    library: Option<PathBuf>,

    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true)]
    command: Vec<OsString>,
}

/// Where the library is, as an absolute path.
fn library(given: Option<PathBuf>) -> io::Result<PathBuf> {
    const NAME: &str = "libpoolalloc_preload.so";
    if let Some(given) = given {
        return given.canonicalize().map_err(|error| named(&given, error));
    }
    let program = env::current_exe()?;
    let folder = program.parent().unwrap_or(Path::new("/"));
    let places = [folder.join(NAME), folder.join("../lib").join(NAME)];
    let found = places.iter().find_map(|place| place.canonicalize().ok());
    found.ok_or_else(|| named(&places[0], io::ErrorKind::NotFound.into()))
}

fn named(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// `LD_PRELOAD` with the library in front of what is there.
fn preload(library: &Path, before: Option<&OsStr>) -> io::Result<OsString> {
    if library.as_os_str().as_bytes().iter().any(|byte| b" :".contains(byte)) {
        let why = "the loader takes a blank or a colon in a path for its end";
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("{}: {why}", library.display()),
        ));
    }
    let mut value = library.as_os_str().to_owned();
    if let Some(before) = before.filter(|before| !before.is_empty()) {
        value.push(":");
        value.push(before);
    }
    Ok(value)
}

/// The value of `POOLALLOC_STATS`.
fn stats(to: Option<PathBuf>) -> io::Result<OsString> {
    to.map_or_else(|| Ok("1".into()), |path| std::path::absolute(path).map(Into::into))
}

/// Becomes the program; returns only with the reason why not, and the status for it.
fn run(options: Options) -> Result<std::convert::Infallible, (u8, io::Error)> {
    let before = env::var_os("LD_PRELOAD");
    let preload = library(options.library)
        .and_then(|library| preload(&library, before.as_deref()))
        .map_err(|error| (125, error))?;
    let (program, arguments) = options.command.split_first().expect("clap asks for a program");
    let mut command = Command::new(program);
    command.args(arguments).env("LD_PRELOAD", preload);
    if let Some(to) = options.stats {
        command.env("POOLALLOC_STATS", stats(to).map_err(|error| (125, error))?);
    }
    let error = command.exec();
    let status = if error.kind() == io::ErrorKind::NotFound { 127 } else { 126 };
    Err((status, named(Path::new(program), error)))
}

fn main() -> ExitCode {
    let options = match Options::try_parse() {
        Ok(options) => options,
        Err(told) => {
            // If not even that can be written there is nobody to tell.
            let _ = told.print();
            return ExitCode::from(if told.use_stderr() { 125 } else { 0 });
        }
    };
    let Err((status, error)) = run(options);
    eprintln!("poolalloc-run: {error}");
    ExitCode::from(status)
}
