//! The tree walk: which files belong to the index, in an order that does not depend on the disk.

use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
};
use walkdir::{DirEntry, WalkDir};

/// A PATH of the command line: a regular file or a folder.
#[derive(Debug)]
pub(crate) struct Root {
    /// As the user wrote it: messages use these words.
    shown: PathBuf,
    /// Absolute, without links and dots: shows which roots overlap.
    real: PathBuf,
}

/// A regular file, or a folder or file that could not be examined.
pub(crate) type Found = (PathBuf, io::Result<()>);

impl Root {
    /// `Ok(None)` if `path` is neither a regular file nor a folder: a link, a pipe, a device.
    ///
    /// A link is not followed, unless the user adds a slash, which names the folder behind it.
    pub(crate) fn new(path: PathBuf) -> io::Result<Option<Self>> {
        let kind = fs::symlink_metadata(&path)?.file_type();
        if !kind.is_file() && !kind.is_dir() {
            return Ok(None);
        }
        let real = path.canonicalize()?;
        Ok(Some(Self { shown: path, real }))
    }

    /// The absolute path of an entry of the walk that starts at this root.
    fn real_path(&self, entry: &DirEntry) -> PathBuf {
        // No link is followed below the root, so what follows the root is already resolved.
        entry
            .path()
            .strip_prefix(&self.shown)
            .map_or_else(|_| entry.path().into(), |below| self.real.join(below))
    }

    /// True if the walk that starts at this root comes by `real`.
    fn leads_to(&self, real: &Path, is_dir: bool) -> bool {
        let Ok(below) = real.strip_prefix(&self.real) else { return false };
        let folders = if is_dir { Some(below) } else { below.parent() };
        !folders.is_some_and(|folders| folders.iter().any(is_skipped_name))
    }
}

/// The regular files of `roots`, each once: root by root, in a folder by name.
///
/// What an earlier root leads to is passed over, so that overlapping roots count nothing twice. Two
/// names of one file (hard links) are two files.
pub(crate) fn walk(roots: &[Root]) -> impl Iterator<Item = Found> {
    roots.iter().enumerate().flat_map(move |(position, root)| {
        WalkDir::new(&root.shown)
            .follow_links(false)
            .follow_root_links(false)
            .sort_by_file_name()
            .into_iter()
            .filter_entry(move |entry| is_wanted(entry, root, &roots[..position]))
            .filter_map(found)
    })
}

/// False for skipped folders and for what one of the `earlier` roots leads to.
fn is_wanted(entry: &DirEntry, root: &Root, earlier: &[Root]) -> bool {
    let is_dir = entry.file_type().is_dir();
    if is_dir && entry.depth() > 0 && is_skipped_name(entry.file_name()) {
        return false;
    }
    if earlier.is_empty() {
        return true;
    }
    let real = root.real_path(entry);
    !earlier.iter().any(|other| other.leads_to(&real, is_dir))
}

/// Folders of this name hold no sources: history and what compilers write.
fn is_skipped_name(name: &OsStr) -> bool {
    name == ".git" || name == "target"
}

/// Keeps regular files and failures.
fn found(entry: walkdir::Result<DirEntry>) -> Option<Found> {
    match entry {
        Ok(entry) => entry.file_type().is_file().then(|| (entry.into_path(), Ok(()))),
        Err(error) => {
            let path = error.path().map(Path::to_path_buf).unwrap_or_default();
            // A walk that follows no links meets no loop, the one failure that is not the system's.
            let error =
                error.into_io_error().unwrap_or_else(|| io::Error::other("a loop of links"));
            Some((path, Err(error)))
        }
    }
}
