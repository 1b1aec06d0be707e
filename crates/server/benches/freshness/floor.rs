//! The floor: a bare axum server that answers the same bytes from memory, in a process of its own.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use bytes::Bytes;

/// What makes this program the floor.
const FOLDER: &str = "FLOOR_FOLDER";

/// The tag that everything here has.
pub(crate) const TAG: &str = "\"0123456789abcdef0123456789abcdef\"";

/// The floor, serving the files of a folder, each at `/NAME`; killed at the end.
pub(crate) struct Floor {
    child: Child,
    pub(crate) address: String,
}

impl Floor {
    pub(crate) fn start(folder: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .env(FOLDER, folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, address: line.trim().to_owned() }
    }
}

impl Drop for Floor {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Serves, where this process was started to; never returns then.
pub(crate) fn serve_if_told() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut router = Router::new();
        for file in std::fs::read_dir(folder).unwrap() {
            let file = file.unwrap();
            let path = format!("/{}", file.file_name().to_str().unwrap());
            let body = Bytes::from(std::fs::read(file.path()).unwrap());
            router = router.route(
                &path,
                get(move |headers: HeaderMap| {
                    let body = body.clone();
                    async move { answer(&headers, body) }
                }),
            );
        }
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("{}", listener.local_addr().unwrap());
        axum::serve(listener, router).await.unwrap();
    });
}

fn answer(headers: &HeaderMap, body: Bytes) -> Response {
    let mut response = match headers.get(header::IF_NONE_MATCH) {
        Some(tag) if tag == TAG => Response::builder().status(304).body(Body::empty()).unwrap(),
        _ => body.into_response(),
    };
    response.headers_mut().insert(header::ETAG, HeaderValue::from_static(TAG));
    response
}
