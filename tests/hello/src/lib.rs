//! What both programs do.

use std::{env, thread};

/// Says hello; with an argument it then waits, so that somebody can look at the process.
pub fn run() {
    println!("hello, world");
    if env::args_os().len() > 1 {
        loop {
            thread::park();
        }
    }
}
