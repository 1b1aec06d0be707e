//! A directory by a real slapd, and people who sign in: one of the directory, one who has a password
//! in the register, and one who signed in before.

use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use reqwest::{StatusCode, header};

use crate::proxies::program;
use crate::replicas::ports::free_port;
use crate::shell::Shell;

const ENTRIES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../identity/tests/fleet.ldif");

/// What slapd is told beside where its schemas are.
const SETTINGS: &str = "
database mdb
suffix \"dc=fleet,dc=example\"
directory data
maxsize 16777216
access to attrs=userPassword by anonymous auth by * none
access to * by * read
";

/// How long somebody waits to be let in; more than a directory may take, which is 10 s.
const PATIENCE: Duration = Duration::from_secs(30);

/// A directory; it goes with this.
pub(crate) struct Directory {
    child: Child,
    pub(crate) port: u16,
}

impl Directory {
    /// Starts one; none where slapd is not installed, which CI never takes.
    pub(crate) fn start(shell: &Shell) -> Option<Self> {
        let (slapd, slapadd) = (program("slapd")?, program("slapadd")?);
        let home = shell.path().join("directory");
        std::fs::create_dir_all(home.join("data")).unwrap();
        std::fs::write(home.join("slapd.conf"), settings()).unwrap();
        let mut load = Command::new(slapadd);
        load.args(["-q", "-f", "slapd.conf", "-l", ENTRIES]).current_dir(&home);
        assert!(load.stderr(Stdio::null()).status().unwrap().success(), "slapadd");
        let port = free_port();
        let child = Command::new(slapd)
            .args(["-d", "0", "-f", "slapd.conf", "-h", &format!("ldap://127.0.0.1:{port}/")])
            .current_dir(home)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            std::thread::yield_now();
        }
        Some(Self { child, port })
    }

    /// What a register is told of it, that reaches it by a port, and of a provider at a port that never
    /// answers as one.
    pub(crate) fn told(port: u16) -> String {
        format!(
            "[[identity.ldap]]\nname = \"staff\"\nurl = \"ldap://127.0.0.1:{port}\"\n\
             user_base = \"ou=people,dc=fleet,dc=example\"\n\
             [[identity.oidc]]\nname = \"sso\"\nissuer = \"http://127.0.0.1:{port}\"\n\
             client_id = \"domesday\"\n"
        )
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn settings() -> String {
    let folders = ["/etc/ldap/schema", "/etc/openldap/schema"].map(PathBuf::from);
    let schemas = folders.iter().find(|folder| folder.is_dir()).unwrap().display();
    let mut told: String = ["core", "cosine", "inetorgperson"]
        .map(|schema| format!("include {schemas}/{schema}.schema\n"))
        .concat();
    if Path::new("/usr/lib/ldap").is_dir() {
        told += "modulepath /usr/lib/ldap\nmoduleload back_mdb\n";
    }
    told + SETTINGS
}

/// People who sign in.
pub(crate) struct SignIns {
    base: String,
    http: reqwest::Client,
    /// The cookie of somebody who signed in by the directory when it was there.
    session: String,
}

impl SignIns {
    pub(crate) async fn prepare(shell: &Shell, base: &str) -> Self {
        shell.write("password", "pat's own secret\n");
        let password = std::fs::File::open(shell.path().join("password")).unwrap();
        let added = shell.command("user add pat --password").stdin(password).output().unwrap();
        assert!(added.status.success());
        let tls = identity::tls::client_config(None).unwrap();
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .build()
            .unwrap();
        let mut people = Self { base: base.to_owned(), http, session: String::new() };
        let (status, _, session) = people.sign_in("bob", "bob's secret").await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        people.session = session;
        people
    }

    pub(crate) async fn all_get_in(&self) {
        let ours = self.sign_in("pat", "pat's own secret").await;
        let theirs = self.sign_in("alice", "alice's secret").await;
        assert_eq!(
            (ours.0, theirs.0),
            (StatusCode::SEE_OTHER, StatusCode::SEE_OTHER),
            "{}",
            theirs.1
        );
        self.session_goes_on().await;
    }

    /// Nobody is let in whom only the directory knows, and they are told why; the words are the same
    /// for a wrong password of ours.
    pub(crate) async fn only_ours_get_in(&self) {
        let (ours, wrong, theirs, ()) = tokio::join!(
            self.sign_in("pat", "pat's own secret"),
            self.sign_in("pat", "not pat's secret"),
            self.sign_in("alice", "alice's secret"),
            self.provider_is_away(),
        );
        assert_eq!(ours.0, StatusCode::SEE_OTHER, "{}", ours.1);
        for refused in [wrong, theirs] {
            assert_eq!(refused.0, StatusCode::SERVICE_UNAVAILABLE, "{}", refused.1);
            assert!(refused.1.contains("a directory does not answer"), "{}", refused.1);
        }
        self.session_goes_on().await;
    }

    /// Who clicks on the button of a provider that can't be asked is back, and told so.
    async fn provider_is_away(&self) {
        let url = format!("{}/auth/oidc/sso/start?next=/", self.base);
        let back = self.http.get(url).send().await.unwrap();
        assert_eq!(back.headers()[header::LOCATION], "/login/?error=away");
        let page = self.http.get(format!("{}/login/?error=away", self.base)).send().await.unwrap();
        let text = page.text().await.unwrap();
        assert!(text.contains("The provider does not answer"), "{text}");
    }

    async fn session_goes_on(&self) {
        let url = format!("{}/api/-/me/", self.base);
        let me = self.http.get(url).header(header::COOKIE, &self.session).send().await.unwrap();
        assert_eq!(me.status(), StatusCode::OK);
        let text = me.text().await.unwrap();
        assert!(text.contains("\"bob\""), "{text}");
    }

    /// The status, the page and the cookie that came.
    async fn sign_in(&self, user: &str, password: &str) -> (StatusCode, String, String) {
        let url = format!("{}/login/", self.base);
        let page = self.http.get(&url).send().await.unwrap();
        let cookie = cookie(page.headers(), "domesday_sign_in").unwrap();
        let page = page.text().await.unwrap();
        let (_, rest) = page.split_once("name=\"csrf\" value=\"").unwrap();
        let (word, _) = rest.split_once('"').unwrap();
        let fields = [("csrf", word), ("next", "/"), ("user", user), ("password", password)];
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.http.post(url).header(header::COOKIE, cookie);
        let request =
            request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
        let answer = request.send().await.unwrap();
        let session = self::cookie(answer.headers(), "domesday_session").unwrap_or_default();
        (answer.status(), answer.text().await.unwrap(), session)
    }
}

/// A cookie that is set, as it is sent back.
fn cookie(headers: &header::HeaderMap, name: &str) -> Option<String> {
    let set = headers.get_all(header::SET_COOKIE).iter().filter_map(|set| set.to_str().ok());
    let mut pairs = set.filter_map(|set| set.split(';').next());
    pairs.find(|pair| pair.starts_with(name)).map(str::to_owned)
}
