//! The way to a server, which can be cut off: every connection breaks and none comes about, or
//! all of them stay and nothing passes any more.

use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How it is with a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Passage {
    Open,
    /// As of a server whose network is gone and says so.
    Broken,
    /// As behind a firewall that lets nothing pass.
    Silent,
}

/// The way to a server.
pub(crate) struct Way {
    /// Where it begins.
    pub(crate) port: u16,
    passage: watch::Sender<Passage>,
}

impl Way {
    /// The way to a port of this machine.
    pub(crate) async fn to(there: u16) -> Self {
        let (passage, seen) = watch::channel(Passage::Open);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let to: Arc<str> = format!("127.0.0.1:{there}").into();
        tokio::spawn(async move {
            while let Ok((from, _)) = listener.accept().await {
                tokio::spawn(pass(from, Arc::clone(&to), seen.clone()));
            }
        });
        Self { port, passage }
    }

    pub(crate) fn set(&self, passage: Passage) {
        self.passage.send_replace(passage);
    }
}

async fn pass(from: TcpStream, to: Arc<str>, mut passage: watch::Receiver<Passage>) {
    if *passage.borrow() == Passage::Broken {
        return;
    }
    drop(passage.wait_for(|now| *now != Passage::Silent).await);
    let Ok(there) = TcpStream::connect(&*to).await else { return };
    drop((from.set_nodelay(true), there.set_nodelay(true)));
    let ((from, back), (answers, there)) = (from.into_split(), there.into_split());
    let mut seen = passage.clone();
    tokio::select! {
        () = carry(from, there, passage.clone()) => {}
        () = carry(answers, back, passage.clone()) => {}
        _ = seen.wait_for(|now| *now == Passage::Broken) => {}
    }
}

async fn carry(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut passage: watch::Receiver<Passage>,
) {
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        drop(passage.wait_for(|now| *now != Passage::Silent).await);
        if to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}
