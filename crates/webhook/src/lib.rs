//! Webhooks: deliveries signed and posted to receivers by HTTP.
//!
//! ```text
//! app::Courier ─ what is next ─ Delivery ─ Receiver (signs, posts) ─ what came of it ─ app::Courier
//! ```
//! What is sent when, and what becomes of it, is the courier's matter; nothing is kept here.

mod delivery;
mod receiver;
mod signing;

pub use delivery::Delivery;
pub use domain::secret::Secret;
pub use receiver::{Receiver, ReceiverError, ReceiverSettings};
pub use signing::{BadSecret, Keys};
