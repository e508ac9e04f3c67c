//! The library and `poolalloc-run`, on programs made for the purpose. Needs a C and a C++ compiler.
//! Programs that people use are in `.ci/jobs/preload.sh`.

#![cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]

mod child;
mod interface;
mod runner;
