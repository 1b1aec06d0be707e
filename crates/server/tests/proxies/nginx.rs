//! A real nginx, which asks nobody whether they are ready: it sees that a replica is gone by sending
//! a request there.

use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::replicas::ports::free_port;
use crate::shell::Shell;

/// nginx before two replicas; it goes with this.
pub(crate) struct Nginx {
    child: Child,
    pub(crate) url: String,
    replicas: [String; 2],
}

impl Nginx {
    /// Starts it; it answers when this returns.
    pub(crate) fn start(program: &Path, shell: &Shell, replicas: [u16; 2]) -> Self {
        let port = free_port();
        let replicas = replicas.map(|port| format!("127.0.0.1:{port}"));
        shell.write("nginx.conf", &configuration(shell, port, &replicas));
        let child = Command::new(program)
            .arg("-c")
            .arg(shell.path().join("nginx.conf"))
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let nginx = Self { child, url: format!("http://127.0.0.1:{port}"), replicas };
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            std::thread::yield_now();
        }
        nginx
    }

    /// Waits until it sends requests to a replica.
    pub(crate) async fn until_used(&self, place: usize) {
        let http = crate::crowd::http();
        loop {
            let answer = http.get(format!("{}/healthz", self.url)).send().await.unwrap();
            if answer.headers()["x-sent-to"] == self.replicas[place] {
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

/// What a dead replica took and did not answer is asked of the other: what only reads, and writes that
/// carry an Idempotency-Key.
fn configuration(shell: &Shell, port: u16, [one, two]: &[String; 2]) -> String {
    let home = shell.path().display();
    format!(
        r#"daemon off; master_process off; pid {home}/nginx.pid; error_log {home}/nginx.log;
events {{}}
http {{
  access_log off; client_body_temp_path {home}/n1; proxy_temp_path {home}/n2;
  fastcgi_temp_path {home}/n3; uwsgi_temp_path {home}/n4; scgi_temp_path {home}/n5;
  keepalive_requests 100000;
  upstream replicas {{
    server {one} max_fails=1 fail_timeout=1s;
    server {two} max_fails=1 fail_timeout=1s;
    keepalive 16;
  }}
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  proxy_set_header Host $http_host;
  proxy_connect_timeout 2s;
  proxy_next_upstream error timeout;
  add_header X-Sent-To $upstream_addr always;
  server {{
    listen 127.0.0.1:{port};
    error_page 418 = @made_once;
    location / {{
      if ($http_idempotency_key) {{ return 418; }}
      proxy_pass http://replicas;
    }}
    location @made_once {{
      proxy_next_upstream error timeout non_idempotent;
      proxy_pass http://replicas;
    }}
  }}
}}
"#
    )
}
