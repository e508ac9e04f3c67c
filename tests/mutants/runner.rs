//! Applies one patch at a time to a copy of a package and runs tests of the package on it.

use std::{
    env, fs,
    fs::File,
    io,
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// What became of a mutant. Only [`Verdict::Killed`] is what a mutant is for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// These tests failed, or the process died in them.
    Killed(Vec<String>),
    /// All tests passed.
    Survived,
    /// `git apply` refused the patch, or it changed nothing.
    DoesNotApply,
    /// The copy does not build; the compiler's last words.
    DoesNotCompile(String),
    /// The tests were not done in time: that tells nothing about the mutant.
    Hung,
}

/// Which tests are run on a copy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tests {
    /// The library's own, under `--cfg loom`.
    #[default]
    Models,
    /// The library's own, as they are.
    Unit,
    /// `tests/house_rules.rs`: for what nothing that runs can show.
    House,
}

impl Tests {
    fn named(name: &str) -> Option<Self> {
        match name {
            "models" => Some(Self::Models),
            "unit" => Some(Self::Unit),
            "house" => Some(Self::House),
            _ => None,
        }
    }

    /// The target that cargo is to build.
    fn target(self) -> &'static str {
        match self {
            Self::Models | Self::Unit => "--lib",
            Self::House => "--test=house_rules",
        }
    }
}

/// A patch and what its header lines say.
#[derive(Debug)]
pub(crate) struct Mutant {
    /// From the line `What: …`.
    pub(crate) what: String,
    /// From the line `Tests: models|unit|house`; the models if there is none.
    pub(crate) tests: Tests,
    patch: PathBuf,
    /// From the line `Models: a b`: run only the tests whose names contain one of these words.
    filters: Vec<String>,
}

impl Mutant {
    /// Reads the header of `patch`: the lines before the first `--- `.
    pub(crate) fn read(patch: PathBuf) -> Result<Self, String> {
        let text = fs::read_to_string(&patch).map_err(|e| format!("{}: {e}", patch.display()))?;
        let header = || text.lines().take_while(|line| !line.starts_with("--- "));
        let field = |key| header().find_map(|line| line.strip_prefix(key)).map(str::trim);
        let what = field("What:").ok_or(format!("{}: no line `What: …`", patch.display()))?;
        let filters = field("Models:").unwrap_or_default();
        let tests = field("Tests:").map_or(Some(Tests::Models), Tests::named);
        Ok(Self {
            what: what.into(),
            tests: tests.ok_or(format!("{}: no such tests", patch.display()))?,
            filters: filters.split_whitespace().map(Into::into).collect(),
            patch,
        })
    }

    /// True if the patch fits the files at `root`; they stay as they are.
    pub(crate) fn fits(&self, root: &Path) -> bool {
        let check = Command::new("git")
            .args(["apply", "--check"])
            .arg(&self.patch)
            .current_dir(root)
            .status();
        check.expect("git runs").success()
    }
}

/// A package, where its mutated copies are built, and how.
#[derive(Clone, Debug)]
pub(crate) struct Runner {
    /// Root of the package.
    pub(crate) package: PathBuf,
    /// The files of the package that are copied, relative to its root.
    pub(crate) files: Vec<PathBuf>,
    /// Where the copies go, one after the other: in one place, so that the compiler finds again what
    /// it made of the files that stay the same.
    pub(crate) copy: PathBuf,
    /// Shared by all mutants, so that each compiles one crate only.
    pub(crate) target: PathBuf,
    /// What is built and run.
    pub(crate) tests: Tests,
    /// Further arguments of `cargo test --no-run`.
    pub(crate) cargo_args: Vec<&'static str>,
    /// `RUSTFLAGS` of the build.
    pub(crate) flags: &'static str,
    /// Longest time that all tests together may take.
    pub(crate) patience: Duration,
}

/// Held from the moment when a copy is written until its program is built, or longer if the tests
/// read the copy. Cargo compares times: a copy that is older than the build of another one would not
/// be built.
static BUILDING: Mutex<()> = Mutex::new(());

impl Runner {
    /// Checks that the unchanged copy builds and passes; the number of tests that ran.
    pub(crate) fn baseline(&self) -> Result<usize, String> {
        let building = BUILDING.lock().unwrap_or_else(PoisonError::into_inner);
        // An earlier run may have left files that are gone since.
        match fs::remove_dir_all(&self.copy) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => panic!("{}: {e}", self.copy.display()),
            _ => self.fresh_copy(),
        }
        let program = self.build()?;
        match self.test(building, &program, &[]) {
            Some(run) if run.killers().is_empty() && run.passed() > 0 => Ok(run.passed()),
            Some(run) if run.killers().is_empty() => Err("no test ran".into()),
            Some(run) => Err(format!("these fail without a mutant: {:?}", run.killers())),
            None => Err("not done in time without a mutant".into()),
        }
    }

    /// Builds and tests the copy with the patch of `mutant`. Other threads may do the same: one
    /// builds while the other runs its tests.
    pub(crate) fn verdict(&self, mutant: &Mutant) -> Verdict {
        let building = BUILDING.lock().unwrap_or_else(PoisonError::into_inner);
        self.fresh_copy();
        if !self.apply(&mutant.patch) {
            return Verdict::DoesNotApply;
        }
        let program = match self.build() {
            Ok(program) => program,
            Err(words) => return Verdict::DoesNotCompile(words),
        };
        let Some(run) = self.test(building, &program, &mutant.filters) else {
            return Verdict::Hung;
        };
        let killers = run.killers();
        if killers.is_empty() { Verdict::Survived } else { Verdict::Killed(killers) }
    }

    /// Makes the copy as the package is.
    fn fresh_copy(&self) {
        for file in &self.files {
            let (to, meant) = (self.copy.join(file), fs::read(self.package.join(file)).unwrap());
            if fs::read(&to).is_ok_and(|there| there == meant) {
                continue;
            }
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            // Contents only: with the time of now, cargo sees that the file may have changed.
            fs::write(to, meant).unwrap();
        }
    }

    /// True if the patch fits exactly and changed a file. `git apply` in a repository leaves out
    /// silently what lies outside the current folder; the ceiling keeps it from finding one.
    fn apply(&self, patch: &Path) -> bool {
        let applied = Command::new("git")
            .args(["apply", "--whitespace=nowarn"])
            .arg(fs::canonicalize(patch).unwrap())
            .current_dir(&self.copy)
            .env_remove("GIT_DIR")
            .env_remove("GIT_WORK_TREE")
            .env("GIT_CEILING_DIRECTORIES", fs::canonicalize(&self.copy).unwrap().parent().unwrap())
            .status()
            .expect("git runs");
        let same = |file: &PathBuf| {
            fs::read(self.copy.join(file)).ok() == fs::read(self.package.join(file)).ok()
        };
        applied.success() && !self.files.iter().all(same)
    }

    /// The folder of the test program of the copy, or the compiler's last words.
    ///
    /// Cargo gives the programs of all copies the same name, so each is moved to a folder of its own
    /// before another can be built: see [`BUILDING`]. Not copied: a process that another thread starts
    /// meanwhile would have the copy open for writing, and the system runs no program that is.
    fn build(&self) -> Result<PathBuf, String> {
        static PROGRAMS: AtomicUsize = AtomicUsize::new(0);
        let build = Command::new(env!("CARGO"))
            .args(["test", self.tests.target(), "--no-run", "--quiet", "--color=never"])
            .arg("--message-format=json-render-diagnostics")
            .args(&self.cargo_args)
            .current_dir(&self.copy)
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env("RUSTFLAGS", self.flags)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("CARGO_INCREMENTAL", "1")
            .output()
            .expect("cargo runs");
        let told = String::from_utf8_lossy(&build.stdout);
        let program = told
            .lines()
            .filter_map(|line| line.split_once("\"executable\":\"")?.1.split('"').next())
            .next_back();
        match program {
            Some(program) if build.status.success() => {
                let number = PROGRAMS.fetch_add(1, Ordering::Relaxed);
                let own = self.target.join(format!("program-{number}"));
                fs::create_dir_all(&own).expect("a folder beside what was built");
                fs::rename(program, own.join("program")).expect("the folder takes the program");
                Ok(fs::canonicalize(own).expect("it is there"))
            }
            _ => Err(String::from_utf8_lossy(&build.stderr).trim_end().into()),
        }
    }

    /// Runs the tests of the program in `folder`, then removes it; `None` if they were not done in
    /// time.
    fn test(&self, building: MutexGuard<()>, folder: &Path, filters: &[String]) -> Option<Run> {
        let _reading = (self.tests == Tests::House).then_some(building);
        let run = self.run(folder, filters);
        fs::remove_dir_all(folder).expect("it was made by `build`");
        run
    }

    fn run(&self, folder: &Path, filters: &[String]) -> Option<Run> {
        let log = folder.join("log");
        let preemptions = env::var("LOOM_MAX_PREEMPTIONS").unwrap_or_else(|_| "2".into());
        let mut child = Command::new(folder.join("program"))
            .args(["--test-threads=1", "--color=never"])
            .args(filters)
            // Not the copy: another thread may be writing the next one.
            .current_dir(folder)
            .env("RUST_BACKTRACE", "0")
            .env("LOOM_MAX_PREEMPTIONS", preemptions)
            .stdin(Stdio::null())
            .stdout(File::create(&log).unwrap())
            .stderr(Stdio::null())
            .spawn()
            .expect("the test program starts");
        let start = Instant::now();
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                let log = String::from_utf8_lossy(&fs::read(&log).unwrap()).into_owned();
                return Some(Run { status, log });
            }
            if start.elapsed() > self.patience {
                child.kill().unwrap();
                child.wait().unwrap();
                return None;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}

/// The files of the git work tree at `root` that are tracked, or new and not ignored.
pub(crate) fn files_in_git(root: &Path) -> Vec<PathBuf> {
    let list = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .expect("git runs");
    assert!(list.status.success(), "{} is not a git work tree", root.display());
    let names = String::from_utf8(list.stdout).expect("file names are UTF-8");
    let files = names.split_terminator('\0').map(PathBuf::from);
    files.filter(|file| root.join(file).is_file()).collect()
}

/// What a test program that ended said.
struct Run {
    status: ExitStatus,
    log: String,
}

impl Run {
    /// `(test, verdict)` of each line `test a::b ... ok`. A test in which the process died has none.
    fn lines(&self) -> impl Iterator<Item = (&str, &str)> {
        let lines =
            self.log.lines().filter_map(|line| line.strip_prefix("test ")?.split_once(" ..."));
        lines.map(|(name, verdict)| (name, verdict.trim()))
    }

    fn passed(&self) -> usize {
        self.lines().filter(|(_, verdict)| *verdict == "ok").count()
    }

    /// The tests that failed; empty only if the process ended well.
    fn killers(&self) -> Vec<String> {
        if self.status.success() {
            return Vec::new();
        }
        let bad = |verdict: &str| verdict != "ok" && !verdict.starts_with("ignored");
        let failed = self.lines().filter(|(_, verdict)| bad(verdict));
        let names: Vec<_> = failed.map(|(name, _)| name.to_owned()).collect();
        assert!(!names.is_empty(), "{}, but no test failed:\n{}", self.status, self.log);
        names
    }
}
