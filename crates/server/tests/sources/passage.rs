//! The way to the database, which can be closed: every connection breaks, and none comes about until it
//! is opened again.

use std::sync::{Arc, Mutex};

use testkit::{HeldFile, TestDatabase};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use url::Url;

/// The way to a database.
pub(crate) struct Passage {
    /// The database as replicas are to name it.
    pub(crate) url: String,
    is_open: watch::Sender<bool>,
    /// What keeps others out of a file.
    lock: Mutex<Option<HeldFile>>,
}

impl Passage {
    /// To PostgreSQL through a port of our own; to SQLite straight, and closed by a lock.
    pub(crate) async fn to(url: &str) -> Self {
        let (is_open, open) = watch::channel(true);
        let lock = Mutex::new(None);
        let Some(mut there) = Url::parse(url).ok().filter(|url| url.scheme() != "sqlite") else {
            return Self { url: url.to_owned(), is_open, lock };
        };
        let to = format!("{}:{}", there.host_str().unwrap(), there.port().unwrap_or(5432));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        there.set_host(Some("127.0.0.1")).unwrap();
        there.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
        let to: Arc<str> = to.into();
        tokio::spawn(async move {
            while let Ok((from, _)) = listener.accept().await {
                let (mut open, to) = (open.clone(), Arc::clone(&to));
                tokio::spawn(async move {
                    if !*open.borrow() {
                        return;
                    }
                    let Ok(there) = TcpStream::connect(&*to).await else { return };
                    let (mut from, mut there) = (from, there);
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut from, &mut there) => {}
                        _ = open.wait_for(|is_open| !is_open) => {}
                    }
                });
            }
        });
        Self { url: there.to_string(), is_open, lock }
    }

    /// Closes it.
    pub(crate) fn close(&self, database: &TestDatabase) {
        self.is_open.send_replace(false);
        *self.lock.lock().unwrap() = database.hold();
    }

    /// Opens it again.
    pub(crate) fn open(&self) {
        self.lock.lock().unwrap().take();
        self.is_open.send_replace(true);
    }
}
