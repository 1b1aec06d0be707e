//! A real nginx, which asks nobody whether they are ready: it sees that a replica is gone by sending
//! a request there.

use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::replicas::ports::free_port;
use crate::shell::Shell;

/// What tells which replica answered, beside the files of `deploy/nginx/`.
const SENT_TO: &str = "add_header X-Sent-To $upstream_addr always;";

/// nginx before replicas; it goes with this.
pub(crate) struct Nginx {
    child: Child,
    pub(crate) url: String,
}

impl Nginx {
    /// Starts it with what stands in its `http { … }`, where `PORT` is its own; it answers when this
    /// returns.
    pub(crate) fn start(program: &Path, shell: &Shell, http: &str) -> Self {
        let port = free_port();
        let home = shell.path().display();
        let http = http.replace("PORT", &port.to_string());
        let configuration = format!(
            "daemon off; master_process off; pid {home}/nginx.pid; error_log {home}/nginx.log; events {{}}\n\
             http {{\n client_body_temp_path {home}/n1; proxy_temp_path {home}/n2;\n \
             fastcgi_temp_path {home}/n3; uwsgi_temp_path {home}/n4; scgi_temp_path {home}/n5;\n\
             {http}\n}}\n"
        );
        shell.write("nginx.conf", &configuration);
        let child = Command::new(program)
            .arg("-c")
            .arg(shell.path().join("nginx.conf"))
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut nginx = Self { child, url: format!("http://127.0.0.1:{port}") };
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            let ended = nginx.child.try_wait().unwrap();
            assert!(ended.is_none(), "nginx does not start: {}", shell.read("nginx.log"));
            std::thread::yield_now();
        }
        nginx
    }

    /// Starts it with the files of `deploy/nginx/` before two replicas.
    pub(crate) fn start_shipped(program: &Path, shell: &Shell, replicas: [&str; 2]) -> Self {
        Self::start(program, shell, &shipped(shell, replicas))
    }

    /// Waits until it sends requests to a replica.
    pub(crate) async fn until_used(&self, http: &reqwest::Client, replica: &str) {
        loop {
            let answer = http.get(format!("{}/healthz", self.url)).send().await.unwrap();
            if answer.headers()["x-sent-to"] == replica {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The files of `deploy/nginx/`, with our ports and folder in the place of theirs.
fn shipped(shell: &Shell, replicas: [&str; 2]) -> String {
    let read = |name: &str| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/nginx");
        std::fs::read_to_string(format!("{folder}/{name}")).unwrap()
    };
    let mut text = format!("{SENT_TO}\n{}\n{}", read("upstream.conf"), read("nginx.conf"));
    let log = shell.path().join("access.log");
    for (theirs, ours) in [
        ("127.0.0.1:8081", replicas[0]),
        ("127.0.0.1:8082", replicas[1]),
        ("    listen      80 default_server; #plain\n", "    listen 127.0.0.1:PORT;\n"),
        ("    listen [::]:80 default_server; #plain\n", ""),
        ("/var/log/nginx/access.log", log.to_str().unwrap()),
    ] {
        assert_eq!(text.matches(theirs).count(), 1, "{theirs}");
        text = text.replace(theirs, ours);
    }
    text
}
