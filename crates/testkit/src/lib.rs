//! What tests share: databases of their own, and the register opened on them with a clock and
//! randomness that they hold.

mod app;
mod database;
mod draw;
mod hands;
mod scale;

pub use app::{TestApp, every_kind, test_apps, test_apps_with};
pub use database::{HeldFile, TestDatabase, databases};
pub use draw::{Draw, seed};
pub use hands::{Hands, fields};
pub use scale::{is_full_size, scale};
