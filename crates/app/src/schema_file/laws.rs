//! What holds for every text: the body of the fuzz tests.

use super::{read, write};

/// The law that [`read`] and [`write()`] break on this text, if any: a fault stands on a line of
/// the file and is told on one line; a schema that is written reads as the same schema, and is
/// written the same way again.
pub fn broken_law(text: &str) -> Option<String> {
    match read("schema.toml", text) {
        Ok(schema) => {
            let written = write(&schema);
            match read("written.toml", &written) {
                Ok(again) if again != schema => Some(format!("it reads differently: {written}")),
                Ok(again) if write(&again) != written => {
                    Some(format!("it is written differently: {written}"))
                }
                Ok(_) => None,
                Err(faults) => Some(format!("it can't be read: {faults:?} in {written}")),
            }
        }
        Err(faults) if faults.is_empty() => Some("it is refused without a fault".to_owned()),
        Err(faults) => {
            let line_count = text.split('\n').count();
            faults
                .iter()
                .find(|fault| {
                    !(1..=line_count).contains(&fault.line)
                        || fault.to_string().contains(char::is_control)
                })
                .map(|fault| format!("a fault that nobody can follow: {fault:?}"))
        }
    }
}
