//! The floor: a bare axum server that answers the same bytes, heads and bodies, from memory, in a
//! process of its own.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;

/// What makes this program the floor.
const FOLDER: &str = "FLOOR_FOLDER";

/// The floor, serving the files of a folder, each at `/NAME`, with the head beside it in `NAME.head`;
/// killed at the end.
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
            if file.path().extension().is_some() {
                continue;
            }
            let path = format!("/{}", file.file_name().to_str().unwrap());
            let body = Bytes::from(std::fs::read(file.path()).unwrap());
            let head = std::fs::read_to_string(file.path().with_extension("head")).unwrap();
            let head: Arc<[_]> = head.lines().filter_map(line).collect();
            router = router.route(
                &path,
                get(move |headers: HeaderMap| {
                    let (head, body) = (Arc::clone(&head), body.clone());
                    async move { answer(&headers, &head, body) }
                }),
            );
        }
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("{}", listener.local_addr().unwrap());
        axum::serve(listener, router).await.unwrap();
    });
}

/// A line of a head that is not made anew for each answer.
fn line(line: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = line.trim().split_once(": ")?;
    let name = HeaderName::try_from(name).unwrap();
    let is_made = [header::DATE, header::CONTENT_LENGTH, header::CONNECTION].contains(&name);
    (!is_made).then(|| (name, HeaderValue::try_from(value).unwrap()))
}

fn answer(headers: &HeaderMap, head: &[(HeaderName, HeaderValue)], body: Bytes) -> Response {
    let is_tag = |value| head.iter().any(|(name, tag)| name == header::ETAG && tag == value);
    let is_known = headers.get(header::IF_NONE_MATCH).is_some_and(is_tag);
    let (status, body) = if is_known { (304, Body::empty()) } else { (200, Body::from(body)) };
    let mut response = Response::builder().status(status).body(body).unwrap();
    let of_body = [header::CONTENT_TYPE, header::CONTENT_ENCODING];
    for (name, value) in head.iter().filter(|(name, _)| !is_known || !of_body.contains(name)) {
        response.headers_mut().insert(name, value.clone());
    }
    response
}
