//! The words of a generated fleet, with how often each stands in it.

/// A word and its weight against the others of its list.
pub(super) type Weighted<T> = (T, u32);

/// What a component is called, and its machines.
pub(super) struct Component {
    /// `web`
    pub(super) name: &'static str,
    /// What its machines' names begin with; no digit in it, and no two components share one.
    pub(super) prefix: &'static str,
}

/// A few large ones, many small ones.
pub(super) const COMPONENTS: [Weighted<Component>; 40] = [
    component("web", "web", 480),
    component("database", "db", 340),
    component("api", "api", 300),
    component("object-storage", "obj", 270),
    component("search", "srch", 230),
    component("cache", "cache", 200),
    component("compute", "node", 180),
    component("hadoop-worker", "hdw", 150),
    component("job-runner", "job", 120),
    component("load-balancer", "lb", 100),
    component("queue", "mq", 80),
    component("key-value-store", "kv", 70),
    component("time-series", "tsdb", 60),
    component("log-collector", "log", 52),
    component("hypervisor", "hv", 46),
    component("kubernetes-control", "kctl", 40),
    component("image-scaler", "img", 36),
    component("video-transcoder", "vid", 32),
    component("mail-relay", "mx", 28),
    component("dns-resolver", "dns", 25),
    component("database-proxy", "dbproxy", 23),
    component("backup", "bak", 21),
    component("build-worker", "ci", 19),
    component("git", "git", 17),
    component("graph-store", "graph", 15),
    component("payment", "pay", 13),
    component("session-store", "sess", 12),
    component("secrets", "vault", 11),
    component("metrics", "prom", 10),
    component("directory", "ldap", 9),
    component("sign-in", "idp", 8),
    component("mirror", "mirror", 7),
    component("router", "rtr", 7),
    component("time-server", "ntp", 6),
    component("bastion", "jump", 6),
    component("scheduler", "cron", 5),
    component("print", "print", 4),
    component("telephony", "voip", 4),
    component("tape-library", "tape", 3),
    component("door-control", "door", 3),
];

const fn component(name: &'static str, prefix: &'static str, weight: u32) -> Weighted<Component> {
    (Component { name, prefix }, weight)
}

/// Behind a component's name, the names of its groups.
pub(super) const GROUPS: [Weighted<&str>; 5] =
    [("core", 580), ("edge", 230), ("batch", 110), ("canary", 55), ("lab", 25)];

/// The data centres; machines carry the place in this list, from 1, as their first digit.
pub(super) const DCS: [Weighted<&str>; 8] = [
    ("iad1", 380),
    ("fra1", 310),
    ("sjc1", 110),
    ("sin1", 80),
    ("lhr1", 50),
    ("nrt1", 30),
    ("gru1", 20),
    ("syd1", 20),
];

pub(super) const ENVIRONMENTS: [Weighted<&str>; 4] =
    [("production", 820), ("staging", 100), ("test", 50), ("development", 30)];

pub(super) const STATES: [Weighted<&str>; 5] =
    [("active", 900), ("planned", 40), ("maintenance", 30), ("retired", 20), ("failed", 10)];

pub(super) const SYSTEMS: [Weighted<&str>; 4] =
    [("debian-13", 560), ("debian-12", 270), ("rocky-10", 120), ("freebsd-15", 50)];

pub(super) const CONTROLLERS: [Weighted<&str>; 3] =
    [("idrac", 550), ("ilo", 330), ("openbmc", 120)];

/// The rows of racks of each data centre.
pub(super) const RACK_ROWS: [Weighted<&str>; 4] = [("a", 1), ("b", 1), ("c", 1), ("d", 1)];

/// A third tag that some machines have.
pub(super) const EXTRAS: [Weighted<&str>; 8] = [
    ("10g", 300),
    ("ssd", 260),
    ("nvme", 160),
    ("public-facing", 110),
    ("gpu", 60),
    ("personal-data", 50),
    ("card-data", 30),
    ("out-of-warranty", 30),
];
