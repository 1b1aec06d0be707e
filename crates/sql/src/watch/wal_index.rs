//! The head of SQLite's index of its log, which every commit of every process writes anew.
//!
//! To see it unchanged takes one read of a file in memory, where SQLite itself takes a lock of the
//! file first and gives it back.
//!
//! *Source:* <https://www.sqlite.org/walformat.html>, section 2.1.

use std::fs::File;
use std::mem::ManuallyDrop;
use std::path::Path;

use rusqlite::Connection;

/// The two copies of what a commit writes: how many there have been, salts, a checksum.
const HEAD_BYTES: usize = 96;

/// The head, as it was read: equal to another one only where nobody has committed in between.
pub(super) type Head = [u8; HEAD_BYTES];

/// The file of the index. It is never closed: a process that closes any handle of a file loses all
/// its locks on it, those of SQLite's connections too (fcntl(2)).
pub(super) struct WalIndex(ManuallyDrop<File>);

impl WalIndex {
    /// That of a database which a connection has open; `None` where there is none, or it can't be
    /// read.
    pub(super) fn of(connection: &Connection, database: &Path) -> rusqlite::Result<Option<Self>> {
        // The first read makes the file; not every file system can hold one.
        connection.query_row("PRAGMA schema_version", [], |_row| Ok(()))?;
        let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
        if mode != "wal" {
            return Ok(None);
        }
        let mut path = database.as_os_str().to_owned();
        path.push("-shm");
        Ok(File::open(path).ok().map(|file| Self(ManuallyDrop::new(file))))
    }

    /// The head as it is now; `None` where it can't be read.
    #[cfg(unix)]
    pub(super) fn head(&self) -> Option<Head> {
        use std::os::unix::fs::FileExt as _;
        let mut head = [0; HEAD_BYTES];
        self.0.read_exact_at(&mut head, 0).ok()?;
        Some(head)
    }

    #[cfg(not(unix))]
    pub(super) fn head(&self) -> Option<Head> {
        None
    }
}
