//! Behind a real nginx that compresses: tags survive it, and what it is told is unchanged stays so.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test ends where it can't go on"
)]

mod replicas;
mod shell;

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use replicas::Fleet;
use reqwest::header::{self, HeaderMap};
use shell::Shell;

/// nginx before a replica; it goes with this.
struct Nginx {
    child: Child,
    url: String,
}

/// Where the program is; none where it is not installed, which CI never takes.
fn program() -> Option<PathBuf> {
    let folders = std::env::var_os("PATH").unwrap();
    let found = std::env::split_paths(&folders)
        .chain([PathBuf::from("/usr/sbin")])
        .map(|folder| folder.join("nginx"))
        .find(|path| path.is_file());
    assert!(found.is_some() || std::env::var("CI").is_err(), "CI must have nginx");
    found
}

impl Nginx {
    /// Starts it with a line more in its configuration; it answers when this returns.
    fn start(program: &PathBuf, shell: &Shell, upstream: &str, line: &str) -> Self {
        let port =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let home = shell.path().display();
        let configuration = format!(
            "daemon off; master_process off; pid {home}/nginx.pid; error_log {home}/nginx.log; events {{}}\n\
             http {{\n access_log off; client_body_temp_path {home}/n1; proxy_temp_path {home}/n2;\n \
             fastcgi_temp_path {home}/n3; uwsgi_temp_path {home}/n4; scgi_temp_path {home}/n5;\n \
             gzip on; gzip_proxied any; gzip_types application/json text/csv;\n \
             server {{ listen 127.0.0.1:{port};\n  location / {{ proxy_pass http://{upstream}; {line} }} }}\n}}\n"
        );
        shell.write("nginx.conf", &configuration);
        let child = Command::new(program)
            .arg("-c")
            .arg(shell.path().join("nginx.conf"))
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let nginx = Self { child, url: format!("http://127.0.0.1:{port}") };
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            std::thread::yield_now();
        }
        nginx
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

async fn get(url: &str, headers: &[(header::HeaderName, &str)]) -> (u16, HeaderMap, usize) {
    let tls = identity::tls::client_config(None).unwrap();
    let client = reqwest::Client::builder().tls_backend_preconfigured(tls).build().unwrap();
    let mut request = client.get(url);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    (status, headers, answer.bytes().await.unwrap().len())
}

#[tokio::test]
async fn tags_survive_a_proxy_that_compresses() {
    let Some(program) = program() else {
        return;
    };
    let shell = Shell::new();
    let rows = (0..60).fold(String::new(), |rows, row| rows + &format!("dc{row}\n"));
    shell.write("dcs.csv", &format!("name\n{rows}"));
    shell.ok("import dc dcs.csv");
    shell.ok("group grant anonymous view");
    let fleet = Fleet::start(&shell, 1);
    let upstream = fleet.address(0).1;
    let gzip = (header::ACCEPT_ENCODING, "gzip");
    // Where nginx compresses by itself, and where it lets us.
    for (line, is_weak) in [("proxy_set_header Accept-Encoding \"\";", true), ("", false)] {
        let nginx = Nginx::start(&program, &shell, &upstream, line);
        let url = format!("{}/api/dcs/", nginx.url);
        let (status, headers, coded) = get(&url, std::slice::from_ref(&gzip)).await;
        assert_eq!((status, &headers[header::CONTENT_ENCODING]), (200, &"gzip".parse().unwrap()));
        let tag = headers[header::ETAG].to_str().unwrap().to_owned();
        assert_eq!(tag.starts_with("W/"), is_weak, "{tag}");
        let (_, plain, whole) = get(&url, &[]).await;
        assert!(!plain.contains_key(header::CONTENT_ENCODING) && coded < whole / 2);
        let known = [gzip.clone(), (header::IF_NONE_MATCH, tag.as_str())];
        assert_eq!(get(&url, &known).await.0, 304, "{tag}");
        shell.ok("import dc dcs.csv --default description=moved");
        let (status, headers, _) = get(&url, &known).await;
        assert_eq!(status, 200);
        assert_ne!(headers[header::ETAG].to_str().unwrap(), tag);
        shell.write("dcs.csv", &format!("name,description\n{}", rows.replace('\n', ",back\n")));
        shell.ok("import dc dcs.csv");
        shell.write("dcs.csv", &format!("name\n{rows}"));
    }
}
