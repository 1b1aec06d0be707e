//! Says how the scripts and styles of the pages are made, where they are not there; and digests what
//! answers are made by, so that none that an earlier build gave is taken for one of this.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// What answers are made by.
const SOURCES: [&str; 4] = ["src", "templates", "../app/src", "../domain/src"];
const BUILT: &str = "assets/dist/.vite/manifest.json";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed={BUILT}");
    if !Path::new(BUILT).is_file() {
        println!(
            "cargo::error=the scripts and styles of the pages are not made yet: `cargo xtask assets` makes them"
        );
        return Ok(());
    }
    let mut files = vec![PathBuf::from(BUILT)];
    for folder in SOURCES {
        println!("cargo::rerun-if-changed={folder}");
        add_files(Path::new(folder), &mut files)?;
    }
    files.sort();
    let mut digest = DefaultHasher::new();
    for file in files {
        file.hash(&mut digest);
        fs::read(&file)?.hash(&mut digest);
    }
    println!("cargo::rustc-env=SOURCES_DIGEST={:016x}", digest.finish());
    Ok(())
}

fn add_files(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            add_files(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
