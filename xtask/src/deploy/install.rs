//! Runs the commands of `docs/install.md` as they stand there: each section that leads to something
//! running, on a machine of its own, and what has to hold afterwards.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::daemon::Folder;
use crate::paths;
use crate::process::{output, run_logged};
use crate::tally::Tally;
use crate::tools;
use crate::workshop::Workshop;

use super::program;

/// What every section rests on.
const FIRST: &str = "The program";

/// A way through the document: a section, and what is looked at once its commands were run.
const WAYS: [(&str, &str); 2] = [("One box", "one-box.sh"), ("Two replicas", "two-replicas.sh")];

/// What a machine of its own is in.
const NAMESPACES: [&str; 8] =
    ["--mount", "--pid", "--net", "--cgroup", "--uts", "--ipc", "--fork", "--kill-child"];

/// Does what a machine of its own is made by, and nothing else.
const PROBE: &str = "mount --make-rprivate / && mount -t tmpfs tmpfs /mnt \
                     && mkdir /mnt/upper /mnt/work /mnt/merged /mnt/cgroup \
                     && mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work overlay /mnt/merged \
                     && mount -t cgroup2 cgroup2 /mnt/cgroup";

/// What the commands are told that ask for a password, and nothing else reads.
const PASSWORD: &str = "correct horse battery staple\n";

/// Where the machine has the folder that [`machine`] makes, and what is in it.
const SCRIPT: &str = "script";

/// Goes both ways.
///
/// # Errors
/// When we are not root, or the document has no such section.
pub(super) fn run(workshop: &Workshop) -> Result<Tally> {
    if !tools::is_root() {
        bail!("run this as root: it makes a machine with a systemd of its own");
    }
    if !run_logged(
        Command::new("unshare").args(NAMESPACES).args(["sh", "-c", PROBE]),
        workshop.log(),
    )? {
        workshop.say(
            "left out: this machine lets nobody make another one (namespaces, overlayfs, cgroups)",
        )?;
        return Ok(Tally::default());
    }
    let document = std::fs::read_to_string(paths::root().join("docs/install.md"))?;
    let mut tally = Tally::default();
    for (section, after) in WAYS {
        let read = |name: &str| {
            let path = paths::root().join("xtask/deploy").join(name);
            std::fs::read_to_string(&path).with_context(|| path.display().to_string())
        };
        let script = [
            read("begin.sh")?,
            commands(&document, FIRST)?,
            commands(&document, section)?,
            read(after)?,
        ];
        workshop.say(&format!("\n== docs/install.md: {section}\n"))?;
        tally += machine(workshop, &script.join("\n"))?;
    }
    Ok(tally)
}

/// The commands of a section: its blocks of `sh`, one after the other.
fn commands(document: &str, section: &str) -> Result<String> {
    let heading = format!("\n## {section}\n");
    let (_, rest) = document
        .split_once(&heading)
        .with_context(|| format!("docs/install.md has no section {section}"))?;
    let section = rest.split("\n## ").next().unwrap_or(rest);
    let blocks = section.split("\n```sh\n").skip(1);
    let commands: Vec<&str> = blocks.filter_map(|block| block.split("\n```").next()).collect();
    if commands.is_empty() {
        bail!("docs/install.md has no commands in {section}");
    }
    Ok(commands.join("\n") + "\n")
}

/// Runs a script on a machine of its own, which has the project's files where the script begins.
fn machine(workshop: &Workshop, script: &str) -> Result<Tally> {
    let folder = Folder::make(&paths::servers(), "machine")?;
    let path = folder.path();
    make_project(&path.join("project"))?;
    std::fs::write(path.join(SCRIPT), script)?;
    std::fs::write(path.join("input"), PASSWORD)?;
    let said = path.join("said");
    std::fs::write(&said, "")?;
    // PID 1 heeds no signal that asks it to end, so that one that takes too long is killed.
    let mut enter = Command::new("timeout");
    enter
        .args(["--kill-after=5", "300", "unshare"])
        .args(NAMESPACES)
        .arg("bash")
        .arg(paths::root().join("xtask/deploy/machine.sh"))
        .arg(path);
    let succeeded = run_logged(&mut enter, workshop.log())?;
    workshop.say(&String::from_utf8_lossy(&std::fs::read(&said)?))?;
    Ok(Tally::of_check(succeeded))
}

/// What of the project the commands speak of.
fn make_project(to: &Path) -> Result<()> {
    let release = to.join("target/release");
    std::fs::create_dir_all(&release)?;
    let deploy = paths::root().join("deploy");
    output(Command::new("cp").arg("--recursive").arg(deploy).arg(to.join("deploy")))?;
    output(Command::new("cp").arg("--link").arg(program()).arg(release.join("domesday")))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_of_a_section_are_its_blocks_and_no_others() {
        let document = "# A\n\n## One\n\n```sh\na\nb\n```\n\n    c\n\n```console\n$ d\n```\n\
                        \n```sh\ne\n```\n\n## Two\n\n```sh\nf\n```\n";
        assert_eq!(commands(document, "One").unwrap(), "a\nb\ne\n");
        assert_eq!(commands(document, "Two").unwrap(), "f\n");
        assert!(commands(document, "Three").is_err());
    }
}
