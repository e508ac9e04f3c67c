//! Where the library is, programs built from source, and what becomes of them.

use std::{
    ffi::OsStr,
    fmt,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    sync::LazyLock,
};

/// What a process left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// Runs a command to its end.
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.stdin(Stdio::null()).output();
        let output = output.unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
        Self {
            status: output.status,
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// What it printed; fails the test unless its status is 0.
    #[track_caller]
    pub(crate) fn success(self) -> String {
        assert!(self.status.success(), "{self}");
        self.stdout
    }

    /// The signal that ended it.
    pub(crate) fn signal(&self) -> Option<i32> {
        self.status.signal()
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, stdout, stderr } = self;
        write!(f, "{status}\n--- stdout\n{stdout}\n--- stderr\n{stderr}")
    }
}

/// `poolalloc-run`, as cargo built it for the tests.
pub(crate) fn runner() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_poolalloc-run"))
}

/// The library, which cargo does not build for tests by itself.
pub(crate) fn library() -> &'static Path {
    static BUILT: LazyLock<PathBuf> = LazyLock::new(|| {
        let folder = runner().parent().expect("programs are in a folder");
        let (target, profile) = (folder.parent(), folder.file_name().and_then(OsStr::to_str));
        let profile = profile.map(|name| if name == "debug" { "dev" } else { name });
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--lib", "--manifest-path"]);
        cargo.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
        cargo.args(["--profile", profile.expect("the folder of a profile"), "--target-dir"]);
        Ended::of(cargo.arg(target.expect("it is in the target folder"))).success();
        folder.join("libpoolalloc_preload.so")
    });
    &BUILT
}

/// A path for a file of the tests.
pub(crate) fn temporary(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// Builds a program from the folder `programs`.
pub(crate) fn build(source: &str, flags: &[&str]) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs").join(source);
    let (compiler, standard) = match path.extension().and_then(OsStr::to_str) {
        Some("cpp") => ("c++", "-std=c++17"),
        _ => ("cc", "-std=gnu11"),
    };
    let program = temporary(&format!("{}-{}", source.replace('.', "-"), std::process::id()));
    let mut command = Command::new(compiler);
    command.args([standard, "-Wall", "-Wextra", "-Werror", "-O1", "-pthread"]).args(flags);
    Ended::of(command.arg(path).arg("-o").arg(&program).arg("-ldl")).success();
    program
}

/// Runs a program on the library.
pub(crate) fn run(program: &Path, arguments: &[&OsStr]) -> Ended {
    Ended::of(Command::new(program).args(arguments).env("LD_PRELOAD", library()))
}
