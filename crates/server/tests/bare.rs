//! The program as it is in its image, without a container engine: a root that has nothing but the
//! program and the libraries that it names and can't be written to, and a user without rights.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test ends where it can't go on"
)]

mod shell;

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use reqwest::header;
use shell::{Shell, json, text};

/// Whom the image runs as.
const NOBODY: u32 = 65_532;

/// What `gcr.io/distroless/cc-debian12` brings of what programs are linked with.
const BROUGHT: [&str; 9] = [
    "ld-linux-x86-64.so.2",
    "ld-linux-aarch64.so.1",
    "libc.so.6",
    "libm.so.6",
    "libgcc_s.so.1",
    "libstdc++.so.6",
    "libssl.so.3",
    "libcrypto.so.3",
    "linux-vdso.so.1",
];

/// What `deploy/docker/Dockerfile` puts beside it.
const COPIED: [&str; 1] = ["libz.so.1"];

/// Makes the mounts in a namespace of its own, and becomes the program.
const ENTER: &str = r#"set -eu
root=$1
shift
mount --make-rprivate /
mount --bind "$root" "$root"
mount --bind "$root/data" "$root/data"
mount --bind /dev/null "$root/dev/null"
mount -t tmpfs -o mode=1777,size=64m tmpfs "$root/tmp"
mount -o remount,ro,bind "$root"
exec chroot --userspec=65532:65532 "$root" /usr/local/bin/domesday "$@"
"#;

/// The libraries that the program is linked with, where they are.
fn libraries() -> Vec<PathBuf> {
    let told = Command::new("ldd").arg(env!("CARGO_BIN_EXE_domesday")).output().unwrap();
    let told = text(&told.stdout);
    let mut found = Vec::new();
    for line in told.lines() {
        let mut words = line.split_whitespace().filter(|word| word.contains(".so"));
        let name = words.next().unwrap();
        let base = Path::new(name).file_name().unwrap().to_str().unwrap();
        let is_there = BROUGHT.contains(&base) || COPIED.contains(&base);
        assert!(is_there, "the image has no {base}: copy it in deploy/docker/Dockerfile");
        let path = words.next().unwrap_or(name);
        if path.starts_with('/') {
            found.push(PathBuf::from(path));
        }
    }
    found
}

/// A root with the program in it.
struct Image(Shell);

impl Image {
    fn make() -> Self {
        let shell = Shell::new();
        let root = shell.path().join("root");
        let program = Path::new(env!("CARGO_BIN_EXE_domesday"));
        let to = root.join("usr/local/bin/domesday");
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        // A program with all that debuggers want is large.
        if std::fs::hard_link(program, &to).is_err() {
            std::fs::copy(program, &to).unwrap();
        }
        for library in libraries() {
            let to = root.join(library.strip_prefix("/").unwrap());
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::copy(library, to).unwrap();
        }
        for folder in ["data", "dev", "tmp"] {
            std::fs::create_dir_all(root.join(folder)).unwrap();
        }
        std::fs::write(root.join("dev/null"), "").unwrap();
        chown(root.join("data"), Some(NOBODY), Some(NOBODY)).unwrap();
        Self(shell)
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", ENTER, "sh"]).arg(self.0.path().join("root"));
        command.args(line.split_whitespace()).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap());
        command.env("DOMESDAY_DATABASE__URL", "sqlite:/data/domesday.sqlite3");
        command.stdin(Stdio::null());
        command
    }

    fn run(&self, line: &str) -> Output {
        self.command(line).output().unwrap()
    }

    fn ok(&self, line: &str) -> String {
        let output = self.run(line);
        assert!(output.status.success(), "{line}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// Serves; it answers when this returns.
    fn serve(&self) -> Serving {
        let log = std::fs::File::create(self.0.path().join("log")).unwrap();
        let mut command = self.command("serve --json --listen 127.0.0.1:0");
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let stdout = child.stdout.take().unwrap();
        let mut serving = Serving { child, url: String::new() };
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "{}", self.0.read("log"));
        json(&line)["url"].as_str().unwrap().clone_into(&mut serving.url);
        serving
    }
}

/// The program, which each of those that started it became in turn.
struct Serving {
    child: Child,
    url: String,
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[tokio::test]
#[ignore = "it needs root: cargo xtask test --only deploy"]
async fn the_program_needs_nothing_but_its_libraries_and_a_folder_to_write_to() {
    let image = Image::make();
    image.ok("user add ann --group administrators");
    let token = image.ok("token create --user ann").trim().to_owned();
    let serving = image.serve();
    let url = &serving.url;
    assert_eq!(image.ok(&format!("health {url}")), format!("{url} is ready.\n"));

    let tls = identity::tls::client_config(None).unwrap();
    let client = reqwest::Client::builder().tls_backend_preconfigured(tls).build().unwrap();
    let added = client.post(format!("{url}/api/tags/")).bearer_auth(&token);
    let added = added.header(header::CONTENT_TYPE, "application/json").body(r#"{"name": "ssd"}"#);
    assert_eq!(added.send().await.unwrap().status().as_u16(), 201);
    for path in ["/api/tags/by/ssd/", "/api/tags/?format=xlsx", "/login/", "/api/-/docs/"] {
        let asked = client.get(format!("{url}{path}")).bearer_auth(&token);
        assert_eq!(asked.send().await.unwrap().status().as_u16(), 200, "{path}");
    }

    let status = std::fs::read_to_string(format!("/proc/{}/status", serving.child.id())).unwrap();
    for line in ["Uid:\t65532\t65532\t65532\t65532", "CapEff:\t0000000000000000"] {
        assert!(status.contains(line), "{status}");
    }
    let elsewhere = image.run("export tag --output /tags.csv");
    assert_eq!(elsewhere.status.code(), Some(1));
    let told = text(&elsewhere.stderr);
    assert!(told.contains("Read-only file system"), "{told}");
}
