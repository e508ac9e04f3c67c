//! What each bench with limits is asked to do.

use clap::Args;

#[derive(Args, Debug)]
pub(crate) struct Run {
    /// Fail if a row is above its limit
    #[arg(long)]
    pub(crate) gate: bool,
    /// Run every row once and print no figures
    #[arg(long)]
    test: bool,
    /// What `cargo bench` passes; without it, as under `cargo test`, `--test` is meant
    #[arg(long, hide = true)]
    bench: bool,
}

impl Run {
    /// True if every row runs once, for what it asserts.
    pub(crate) fn is_test(&self) -> bool {
        self.test || !self.bench
    }
}
