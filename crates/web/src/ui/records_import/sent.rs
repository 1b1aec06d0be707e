//! What the form of an import sends.

use std::collections::BTreeMap;

use app::Progress;
use app::import::{Mapping, ReadOptions};
use bytes::Bytes;

use super::carried::{pack, unpack};
use crate::extract::caller::REASON_LENGTH_MAX;
use crate::extract::multipart::Upload;

/// Characters of a file's name that the reason repeats.
const NAME_LENGTH_MAX: usize = 100;
/// Columns that can be mapped.
pub(super) const COLUMNS_MAX: usize = 256;
/// Bytes of a text that one may edit in a form.
const EDITED_LENGTH_MAX: usize = 256 * 1_024;

/// What the form of an import sends.
#[derive(Default)]
pub(super) struct Sent {
    /// What was pasted.
    pub(super) pasted: String,
    pub(super) file: Bytes,
    /// The file as the form carries it on.
    pub(super) content: String,
    pub(super) encoding: String,
    /// The sheet of a workbook.
    pub(super) sheet: String,
    /// What each column holds, where somebody has said so.
    pub(super) maps: Option<Vec<String>>,
    pub(super) create_missing: bool,
    pub(super) skip_bad: bool,
    pub(super) reason: String,
    pub(super) wish: Wish,
}

/// What is wanted of the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Wish {
    /// To see what it would do.
    #[default]
    Try,
    /// To say what its columns hold.
    Map,
    /// To import it.
    Import,
    /// To have what is wrong with it, as a file.
    Bad,
    /// To change its text.
    Edit,
}

impl Sent {
    /// What was sent, and what is wrong with it.
    pub(super) fn of(upload: &Upload, file_length_max: usize) -> (Self, Vec<String>) {
        let mut errors = Vec::new();
        let chosen = upload.part("file");
        // Browsers end the lines of what is pasted their own way.
        let pasted = String::from_utf8_lossy(&upload.part("pasted").bytes).replace("\r\n", "\n");
        let mut encoding = upload.text("encoding");
        let content = upload.text("content");
        let file = if !content.is_empty() {
            unpack(&content, file_length_max).unwrap_or_default()
        } else if chosen.bytes.is_empty() {
            encoding.clear();
            Bytes::from(pasted.trim_matches('\n').to_owned())
        } else {
            chosen.bytes
        };
        if file.is_empty() {
            errors.push("Choose a file, or paste its rows.".to_owned());
        }
        if file.len() > file_length_max {
            errors.push(format!(
                "The file is larger than {} KB; \"domesday import\" takes it.",
                file_length_max / 1_024
            ));
        }
        let mut reason = upload.text("reason");
        if reason.chars().count() > REASON_LENGTH_MAX || reason.contains('\0') {
            errors.push(format!("The reason has at most {REASON_LENGTH_MAX} characters."));
        }
        if reason.is_empty() && !chosen.file_name.is_empty() {
            let name = chosen.file_name.chars().filter(|sign| !sign.is_control());
            reason = format!("import of {}", name.take(NAME_LENGTH_MAX).collect::<String>());
        }
        let maps: Vec<String> =
            (0..COLUMNS_MAX).map_while(|place| upload.sent(&format!("map_{place}"))).collect();
        let sent = Self {
            pasted,
            content: if errors.is_empty() && content.is_empty() { pack(&file) } else { content },
            file,
            encoding,
            sheet: upload.text("sheet"),
            maps: Some(maps).filter(|maps| !maps.is_empty()),
            create_missing: upload.text("create_missing") == "1",
            skip_bad: upload.text("skip_bad") == "1",
            reason,
            wish: match upload.text("do").as_str() {
                "map" => Wish::Map,
                "import" => Wish::Import,
                "bad" => Wish::Bad,
                "edit" => Wish::Edit,
                _ => Wish::Try,
            },
        };
        (sent, errors)
    }

    pub(super) fn read_options(&self, progress: Progress) -> ReadOptions {
        let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        ReadOptions {
            encoding: given(&self.encoding),
            sheet: given(&self.sheet),
            columns: match &self.maps {
                Some(names) => Mapping::ByPlace(names.clone()),
                None => Mapping::ByName(BTreeMap::new()),
            },
            progress,
            ..ReadOptions::default()
        }
    }

    /// The file as a text that may be edited, where it is a short one.
    fn text(&self) -> Option<&str> {
        let is_short = self.file.len() <= EDITED_LENGTH_MAX && self.encoding.is_empty();
        let text = is_short.then_some(&self.file)?;
        std::str::from_utf8(text).ok().filter(|text| !text.contains('\0'))
    }

    pub(super) fn is_editable(&self) -> bool {
        self.text().is_some()
    }

    /// The same with the file as what was pasted.
    pub(super) fn into_edited(self) -> Self {
        let pasted = self.text().unwrap_or_default().to_owned();
        Self { pasted, ..self }
    }
}
