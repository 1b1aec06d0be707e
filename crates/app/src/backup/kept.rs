//! Backups as files in a folder: whole or not there, for their owner alone, and not too many.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use domain::record::Timestamp;

/// How the names of backups begin that a task takes.
const BEGIN: &str = "domesday-";
/// How they end.
const END: &str = ".backup";

/// A backup that is being written beside the place where it shall stand; what stood there before
/// stays until all is written. Removed where this is dropped before.
#[derive(Debug)]
pub struct BackupFile {
    path: PathBuf,
    part: PathBuf,
}

impl BackupFile {
    /// Begins a file that shall stand at `path`.
    ///
    /// # Errors
    /// When it can't be made there.
    pub fn create(path: &Path) -> io::Result<(Self, File)> {
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        // It holds hashes of passwords, and what grants hide.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&part)?;
        Ok((Self { path: path.to_owned(), part }, file))
    }

    /// Puts it in its place, on the disk for good.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn finish(self, file: &File) -> io::Result<()> {
        file.sync_all()?;
        fs::rename(&self.part, &self.path)?;
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        // A folder that can't be opened for this keeps the file all the same.
        if let Ok(folder) = File::open(folder.unwrap_or(Path::new("."))) {
            folder.sync_all()?;
        }
        Ok(())
    }
}

impl Drop for BackupFile {
    fn drop(&mut self) {
        // Where it was put in its place there is none.
        drop(fs::remove_file(&self.part));
    }
}

/// The name of a backup of a moment; names sort as their moments do.
pub(crate) fn backup_name(at: Timestamp) -> String {
    format!("{BEGIN}{}{END}", at.format("%Y%m%dT%H%M%SZ"))
}

/// Whether a task has named a backup so.
fn is_backup_name(name: &str) -> bool {
    let moment = name.strip_prefix(BEGIN).and_then(|name| name.strip_suffix(END));
    moment.is_some_and(|moment| {
        moment.len() == 16
            && moment.char_indices().all(|(place, character)| match place {
                8 => character == 'T',
                15 => character == 'Z',
                _ => character.is_ascii_digit(),
            })
    })
}

/// Removes the oldest backups of a folder but so many; gives their names.
///
/// # Errors
/// When the folder can't be read, or a file not be removed.
pub(crate) fn keep_newest(folder: &Path, keep: usize) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.extend(entry?.file_name().into_string().ok().filter(|name| is_backup_name(name)));
    }
    names.sort();
    names.truncate(names.len().saturating_sub(keep));
    for name in &names {
        fs::remove_file(folder.join(name))?;
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn what_stood_there_stays_until_all_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.backup");
        fs::write(&path, "old").unwrap();
        let (given_up, mut file) = BackupFile::create(&path).unwrap();
        file.write_all(b"half").unwrap();
        drop(given_up);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        let (whole, mut file) = BackupFile::create(&path).unwrap();
        file.write_all(b"new").unwrap();
        whole.finish(&file).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn the_oldest_go_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let day = |day: i64| {
            let at = Timestamp::UNIX_EPOCH + chrono::TimeDelta::days(day);
            backup_name(at)
        };
        let others = [
            "domesday.sqlite3",
            "domesday-of-mine.backup",
            "domesday-19700101T000000Z.backup.part",
        ];
        for name in (0..4).map(day).chain(others.map(str::to_owned)) {
            fs::write(folder.path().join(name), "").unwrap();
        }
        assert_eq!(keep_newest(folder.path(), 3).unwrap(), [day(0)]);
        assert_eq!(keep_newest(folder.path(), 3).unwrap(), Vec::<String>::new());
        assert_eq!(keep_newest(folder.path(), 1).unwrap(), [day(1), day(2)]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1 + others.len());
    }
}
