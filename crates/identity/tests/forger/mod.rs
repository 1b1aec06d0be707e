//! A provider that says whatever a test wants, to see what is made of it.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use openidconnect::core::{CoreEdDsaPrivateSigningKey, CoreHmacKey, CoreJwsSigningAlgorithm};
use openidconnect::{JsonWebKeyId, PrivateSigningKey as _};
use serde_json::{Value, json};

/// What all keys are called, whoever has made them.
const KEY_ID: &str = "key";

const METADATA: &str = "/.well-known/openid-configuration";

/// A provider on a port of 127.0.0.1.
pub(crate) struct Forger {
    /// Its issuer.
    pub(crate) url: String,
    desk: Arc<Mutex<Desk>>,
}

/// What it answers, and what it was asked.
#[derive(Default)]
struct Desk {
    answers: BTreeMap<String, (u16, String)>,
    asked: Vec<(String, String)>,
}

impl Forger {
    /// A provider that signs by the key of a seed.
    pub(crate) fn new(seed: u8) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let desk = Arc::new(Mutex::new(Desk::default()));
        let answering = Arc::clone(&desk);
        // It ends with the tests.
        drop(std::thread::spawn(move || {
            for stream in listener.incoming() {
                serve(stream.unwrap(), &answering);
            }
        }));
        let forger = Self { url, desk };
        forger.tells(&json!({}));
        forger.signs_by(seed);
        forger
    }

    /// Changes what it tells of itself.
    pub(crate) fn tells(&self, changed: &Value) {
        let mut metadata = json!({
            "issuer": self.url,
            "authorization_endpoint": format!("{}/authorize", self.url),
            "token_endpoint": format!("{}/token", self.url),
            "jwks_uri": format!("{}/keys", self.url),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["EdDSA", "HS256", "none"],
        });
        metadata.as_object_mut().unwrap().extend(changed.as_object().unwrap().clone());
        self.answers(METADATA, 200, &metadata.to_string());
    }

    /// Changes the key that it announces.
    pub(crate) fn signs_by(&self, seed: u8) {
        let keys = json!({"keys": [ed25519(seed).as_verification_key()]});
        self.answers("/keys", 200, &keys.to_string());
    }

    /// Gives a token for any code.
    pub(crate) fn gives(&self, id_token: &str) {
        let tokens = json!({"access_token": "a", "token_type": "Bearer", "expires_in": 60, "id_token": id_token});
        self.answers("/token", 200, &tokens.to_string());
    }

    /// Answers a path in this way from now on. The body of a redirect is where it leads.
    pub(crate) fn answers(&self, path: &str, status: u16, body: &str) {
        let answer = (status, body.to_owned());
        self.desk.lock().unwrap().answers.insert(path.to_owned(), answer);
    }

    /// Answers questions about itself in this way from now on.
    pub(crate) fn answers_discovery(&self, status: u16, body: &str) {
        self.answers(METADATA, status, body);
    }

    /// How often it was asked about itself.
    pub(crate) fn discoveries(&self) -> usize {
        self.desk.lock().unwrap().asked.iter().filter(|(path, _)| path == METADATA).count()
    }

    /// What it was last asked.
    pub(crate) fn last_body(&self) -> String {
        self.desk.lock().unwrap().asked.last().unwrap().1.clone()
    }
}

fn serve(stream: TcpStream, desk: &Mutex<Desk>) {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        lines.push(line);
    }
    let Some(path) = lines.first().and_then(|line| line.split(' ').nth(1)).map(str::to_owned)
    else {
        return;
    };
    let length = lines.iter().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().unwrap())
    });
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).unwrap();
    let mut desk = desk.lock().unwrap();
    let (status, text) = desk.answers.get(&path).cloned().unwrap_or((404, String::new()));
    desk.asked.push((path, String::from_utf8(body).unwrap()));
    let location = if status == 302 { format!("Location: {text}\r\n") } else { String::new() };
    let answer = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         {location}Connection: close\r\n\r\n{text}",
        text.len()
    );
    // One that was too long is not read to its end.
    drop(reader.into_inner().write_all(answer.as_bytes()));
}

/// A key of its own for each seed.
fn ed25519(seed: u8) -> CoreEdDsaPrivateSigningKey {
    // The head of such a key in PKCS #8.
    let head = [48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];
    let key = STANDARD.encode([head.as_slice(), &[seed; 32]].concat());
    let kind = "PRIVATE KEY";
    let pem = format!("-----BEGIN {kind}-----\n{key}\n-----END {kind}-----\n");
    CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pem, Some(JsonWebKeyId::new(KEY_ID.into())))
        .unwrap()
}

/// Who signs a token.
#[derive(Clone, Copy)]
pub(crate) enum Signer {
    /// The key of a seed.
    Key(u8),
    /// The secret of the client.
    Secret(&'static str),
    Nobody,
}

/// A token with these claims.
pub(crate) fn token(signer: Signer, claims: &Value) -> String {
    let algorithm = match signer {
        Signer::Key(_) => "EdDSA",
        Signer::Secret(_) => "HS256",
        Signer::Nobody => "none",
    };
    let head = json!({"alg": algorithm, "kid": KEY_ID, "typ": "JWT"});
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let message = format!("{}.{}", encode(&head), encode(claims));
    let signature = match signer {
        Signer::Key(seed) => {
            ed25519(seed).sign(&CoreJwsSigningAlgorithm::EdDsa, message.as_bytes()).unwrap()
        }
        Signer::Secret(secret) => CoreHmacKey::new(secret)
            .sign(&CoreJwsSigningAlgorithm::HmacSha256, message.as_bytes())
            .unwrap(),
        Signer::Nobody => Vec::new(),
    };
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}
