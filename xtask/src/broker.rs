//! An Apache Kafka for the tests alone: one broker that is its own controller, on free ports of
//! 127.0.0.1, with certificates of its own authority, gone afterwards.

use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::daemon::{Daemon, Folder, free_port};
use crate::process::run_logged;
use crate::{certificates, paths, tools};

/// What gets it.
const MAVEN_COPY: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";

/// Quick to start rather than quick to run, and small.
const JAVA: &[&str] = &[
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Xmx256m",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
];

/// The one log of a broker is known by it. Any 16 bytes in URL-safe Base64 do.
const CLUSTER: &str = "domesdayDomesday_test0";

/// Nobody waits for others to join a group; what is kept is small. Whoever does not sign in may do all, and so may `register`, by password or
/// certificate; `stranger` may sign in and do nothing.
const SETTINGS: &str = r#"
process.roles=broker,controller
node.id=1
inter.broker.listener.name=PLAIN
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAIN:PLAINTEXT,TLS:SSL,SASL:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=data
num.network.threads=2
num.io.threads=2
num.recovery.threads.per.data.dir=1
log.cleaner.dedupe.buffer.size=4194304
offsets.topic.num.partitions=3
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=3
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:register;User:CN=register
listener.name.tls.ssl.keystore.type=PEM
listener.name.tls.ssl.keystore.location=keystore.pem
listener.name.tls.ssl.truststore.type=PEM
listener.name.tls.ssl.truststore.location=authority.pem
listener.name.tls.ssl.client.auth=required
listener.name.sasl.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.sasl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule \
  required user_register="swordfish" user_stranger="swordfish";
listener.name.sasl.scram-sha-256.sasl.jaas.config=\
  org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl.scram-sha-512.sasl.jaas.config=\
  org.apache.kafka.common.security.scram.ScramLoginModule required;
"#;

/// Who may sign in by SCRAM.
const SCRAM: [&str; 2] = [
    "SCRAM-SHA-256=[name=register,password=swordfish]",
    "SCRAM-SHA-512=[name=register,password=swordfish]",
];

/// A running broker. Dropping it ends it and removes its topics.
pub(crate) struct Broker {
    /// Its address without TLS.
    pub(crate) plain: String,
    /// Its address with TLS, where it asks for a certificate of its authority.
    pub(crate) tls: String,
    /// Its address without TLS, where it asks for an account: `register` or `stranger`, each with
    /// the password `swordfish`.
    pub(crate) sasl: String,
    /// What starts it again, on what it left, for whoever kills it.
    pub(crate) start: PathBuf,
    /// The folder with its authority: `authority.pem`, `authority.key`.
    pub(crate) certificates: PathBuf,
    daemon: Daemon,
}

impl Broker {
    /// Starts a broker without topics; installs Kafka first where it is missing.
    ///
    /// # Errors
    /// When it can't be installed or does not start.
    pub(crate) fn start(log: &Path) -> Result<Self> {
        Self::start_with(log, "auto.create.topics.enable=false\n")
    }

    /// As [`Self::start`], of one that makes topics for whoever writes to them.
    pub(crate) fn generous(log: &Path) -> Result<Self> {
        Self::start_with(log, "auto.create.topics.enable=true\nnum.partitions=3\n")
    }

    fn start_with(log: &Path, topics: &str) -> Result<Self> {
        let libraries = install(log)?;
        let folder = Folder::make(&paths::servers(), "kafka")?;
        let home = folder.path().to_owned();
        certificates::make(&home, log)?;
        let (key, certificate) = (home.join("server.key"), home.join("server.pem"));
        let keystore = std::fs::read_to_string(key)? + &std::fs::read_to_string(certificate)?;
        std::fs::write(home.join("keystore.pem"), keystore)?;
        let ports = [free_port()?, free_port()?, free_port()?, free_port()?];
        let [plain, tls, sasl, controller] = ports.map(|port| format!("127.0.0.1:{port}"));
        let outside = format!("PLAIN://{plain},TLS://{tls},SASL://{sasl}");
        let places = format!(
            "listeners={outside},CONTROLLER://{controller}\nadvertised.listeners={outside}\n\
             controller.quorum.voters=1@{controller}\n"
        );
        std::fs::write(home.join("server.properties"), places + topics + SETTINGS)?;
        format_log(&libraries, &home, log)?;
        let mut server = java(&libraries);
        server.args(["kafka.Kafka", "server.properties"]);
        let mut daemon = Daemon::start(folder, &mut server, log)?;
        daemon.wait_until(|| {
            ports.iter().all(|port| TcpStream::connect((Ipv4Addr::LOCALHOST, *port)).is_ok())
        })?;
        let start = home.join("start.sh");
        std::fs::write(&start, script(&server, &home))?;
        Ok(Self { plain, tls, sasl, start, certificates: home, daemon })
    }

    /// The number of its process, until somebody kills it.
    pub(crate) fn pid(&self) -> u32 {
        self.daemon.pid()
    }
}

/// A command as a shell runs it in a folder.
fn script(command: &Command, folder: &Path) -> String {
    let quoted =
        |text: &std::ffi::OsStr| format!("'{}'", text.to_string_lossy().replace('\'', r"'\''"));
    let words: Vec<String> =
        std::iter::once(command.get_program()).chain(command.get_args()).map(quoted).collect();
    format!("cd {} && exec {}\n", quoted(folder.as_os_str()), words.join(" "))
}

/// Prepares the folder that the broker keeps topics in.
fn format_log(libraries: &Path, home: &Path, log: &Path) -> Result<()> {
    let mut storage = java(libraries);
    storage.args(["kafka.tools.StorageTool", "format", "--config", "server.properties"]);
    storage.args(["--cluster-id", CLUSTER]).current_dir(home);
    for account in SCRAM {
        storage.args(["--add-scram", account]);
    }
    if !run_logged(&mut storage, log)? {
        bail!("Kafka can't prepare its folder");
    }
    Ok(())
}

fn java(libraries: &Path) -> Command {
    let mut java = Command::new("java");
    java.args(JAVA).arg("-cp").arg(libraries.join("*"));
    java
}

/// The folder with the broker's libraries, which it fills when it is not there or what we want has
/// changed.
fn install(log: &Path) -> Result<PathBuf> {
    let _guard = tools::one_at_a_time();
    let pom = paths::root().join("xtask/kafka.pom.xml");
    let wanted = std::fs::read_to_string(&pom).context("xtask/kafka.pom.xml")?;
    let home = paths::tools().join("kafka");
    let (libraries, stamp) = (home.join("libraries"), home.join("pom.xml"));
    if std::fs::read_to_string(&stamp).is_ok_and(|present| present == wanted) {
        return Ok(libraries);
    }
    if tools::on_path("mvn").is_none() || tools::on_path("java").is_none() {
        tools::debian_packages(&["default-jre-headless", "maven"], log)
            .context("the tests need Java and Maven for Kafka")?;
    }
    if home.exists() {
        std::fs::remove_dir_all(&home)?;
    }
    std::fs::create_dir_all(&home)?;
    let mut maven = Command::new("mvn");
    maven.args(["--batch-mode", "--quiet", MAVEN_COPY]).arg("--file").arg(&pom);
    maven.arg(format!("-DoutputDirectory={}", libraries.display()));
    if !run_logged(&mut maven, log)? {
        bail!("maven can't get what xtask/kafka.pom.xml names");
    }
    std::fs::write(stamp, wanted)?;
    Ok(libraries)
}
