//! The example as a program: where it is, and what a run of it left.

use serde_json::Value;
use std::{
    env::{self, consts::EXE_SUFFIX},
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::OnceLock,
    time::SystemTime,
};

/// What a run left.
#[derive(Debug, PartialEq)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// The object on stdout without the fields that differ between runs.
    pub(crate) fn figures(&self) -> Value {
        let mut object: Value =
            serde_json::from_str(&self.stdout).expect("stdout is one JSON object and nothing else");
        let fields = object.as_object_mut().expect("stdout is a JSON object");
        fields.remove("seconds").expect("the object tells the time");
        fields.remove("peak_rss_bytes").expect("the object tells the peak RSS");
        object
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("stderr is UTF-8"),
        }
    }
}

/// The program, to be run with `args`, nothing on stdin and pipes for the rest.
pub(crate) fn command<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(program());
    command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs the program with `args` to its end.
pub(crate) fn run<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Run {
    command(args).output().expect("the program starts").into()
}

/// Runs the program with `--json`, which has to succeed in silence; the figures.
pub(crate) fn figures<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Value {
    let run: Run = command(args).arg("--json").output().expect("the program starts").into();
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (Some(0), ""),
        "a run without errors succeeds in silence"
    );
    run.figures()
}

/// The example's path.
///
/// `cargo test` builds it beside the tests. `cargo test --test index_example` does not: then it is
/// built here, as it is when it is older than its sources, so that no test speaks of an old one.
pub(crate) fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let test = env::current_exe().expect("a test knows its own path");
        let profile = test.ancestors().nth(2).expect("a test lies in <target>/<profile>/deps");
        let program = profile.join("examples").join(format!("index{EXE_SUFFIX}"));
        let built = program.metadata().and_then(|metadata| metadata.modified());
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let newest = newest(&root.join("examples/index")).max(newest(&root.join("src")));
        if built.ok() <= newest {
            build(profile);
        }
        assert!(program.is_file(), "{} is missing: cargo build --example index", program.display());
        program
    })
}

/// When the youngest file of a tree was last written.
fn newest(path: &Path) -> Option<SystemTime> {
    if path.is_dir() {
        let entries = fs::read_dir(path).expect("sources can be listed");
        return entries.filter_map(|entry| newest(&entry.ok()?.path())).max();
    }
    path.metadata().ok()?.modified().ok()
}

/// Builds the example into `profile`, a folder `<target>/[<triple>/]<profile>`.
fn build(profile: &Path) {
    let name = match profile.file_name().and_then(OsStr::to_str) {
        Some("debug") => "dev",
        Some(name) => name,
        None => panic!("a test lies in <target>/<profile>/deps"),
    };
    let mut target = profile.parent().expect("a profile lies in a target folder");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(env!("CARGO_MANIFEST_DIR")).args([
        "build",
        "--quiet",
        "--example",
        "index",
        "--profile",
        name,
    ]);
    if !target.join(".rustc_info.json").exists() {
        cargo.arg("--target").arg(target.file_name().expect("a target folder has a name"));
        target = target.parent().expect("a triple lies in a target folder");
    }
    cargo.arg("--target-dir").arg(target);
    if cfg!(feature = "passthrough") {
        cargo.args(["--features", "passthrough"]);
    }
    let status = cargo.status().expect("cargo starts");
    assert!(status.success(), "the example does not build");
}
