//! What can be wrong with what somebody asked for, in words for people and codes for programs.
//!
//! A check collects every fault of an input; only infrastructure stops at the first.

use std::collections::BTreeMap;

/// What is wrong with the value of one field or parameter.
///
/// The texts are those of Django REST framework where it has one, since clients know them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldFault {
    /// No value for a field that needs one.
    #[error("This field is required.")]
    Required,
    /// Null for a field that needs a value.
    #[error("This field may not be null.")]
    Null,
    /// Empty text for a field that needs a value.
    #[error("This field may not be blank.")]
    Blank,
    /// The type has no such field.
    #[error("Unknown field. {0}")]
    UnknownField(String),
    /// Something else than text.
    #[error("Not a valid string.")]
    NotText,
    /// Text with U+0000.
    #[error("Null characters are not allowed.")]
    NulCharacter,
    /// Text of more than one line, or with control characters.
    #[error("Control characters and line breaks are not allowed.")]
    ControlCharacter,
    /// Text that is too long.
    #[error("Ensure this field has no more than {max} characters.")]
    TooLong {
        /// The most characters allowed.
        max: usize,
    },
    /// Text that does not match the field's pattern.
    #[error("This value does not match the required pattern {pattern}.")]
    PatternMismatch {
        /// The pattern of the schema.
        pattern: String,
    },
    /// Not a whole number.
    #[error("A valid integer is required.")]
    NotInteger,
    /// Not a decimal number.
    #[error("A valid number is required.")]
    NotDecimal,
    /// A number of more than 38 digits.
    #[error("Ensure that there are no more than 38 digits in total.")]
    TooManyDigits,
    /// More digits after the point than the field has.
    #[error("Ensure that there are no more than {max} decimal places.")]
    TooManyPlaces {
        /// The most allowed.
        max: u8,
    },
    /// Below the field's least value.
    #[error("Ensure this value is greater than or equal to {min}.")]
    TooSmall {
        /// The least allowed, as text.
        min: String,
    },
    /// Above the field's greatest value.
    #[error("Ensure this value is less than or equal to {max}.")]
    TooLarge {
        /// The greatest allowed, as text.
        max: String,
    },
    /// Not a boolean.
    #[error("Must be a valid boolean.")]
    NotBoolean,
    /// Not a date.
    #[error("Date has wrong format. Use YYYY-MM-DD.")]
    NotDate,
    /// Not a moment.
    #[error("Datetime has wrong format. Use RFC 3339, such as 2026-11-24T09:30:00Z.")]
    NotDatetime,
    /// Not an address.
    #[error("Enter a valid IPv4 or IPv6 address.")]
    NotIp,
    /// Not a network.
    #[error("Enter a valid IPv4 or IPv6 network, such as 10.0.0.0/8.")]
    NotNetwork,
    /// A network whose address has bits set behind the prefix.
    #[error("This network has host bits set. Did you mean {meant}?")]
    HostBits {
        /// The network that holds the address.
        meant: String,
    },
    /// Not a hardware address.
    #[error("Enter a valid MAC address, such as 00:1b:44:11:3a:b7.")]
    NotMac,
    /// Not a URL.
    #[error("Enter a valid URL.")]
    NotUrl,
    /// Not an e-mail address.
    #[error("Enter a valid email address.")]
    NotEmail,
    /// None of the words of the field.
    #[error("\"{value}\" is not a valid choice. Choose one of: {choices}.")]
    NotAChoice {
        /// What was sent.
        value: String,
        /// What is allowed, joined by commas.
        choices: String,
    },
    /// Not something that names a record.
    #[error(
        "Incorrect type. Expected an id, a key or an object with one of them, received {found}."
    )]
    NotAReference {
        /// The type of what was sent.
        found: &'static str,
    },
    /// Not a list of references.
    #[error("Expected a list of items but got type \"{found}\".")]
    NotAList {
        /// The type of what was sent.
        found: &'static str,
    },
    /// No record has this id.
    #[error("Invalid pk \"{id}\" - object does not exist.")]
    NoSuchId {
        /// The id that was sent.
        id: i64,
    },
    /// No record has this key.
    #[error("Object with {key} does not exist.")]
    NoSuchKey {
        /// The key that was sent, as `name=x`.
        key: String,
    },
    /// Another record has this value.
    #[error("{type_label} with this {field_label} already exists.")]
    Taken {
        /// The type, as people read it.
        type_label: String,
        /// The field, as people read it.
        field_label: String,
    },
    /// Another record has these values together.
    #[error("The fields {fields} must make a unique set.")]
    TakenTogether {
        /// The fields, joined by commas.
        fields: String,
    },
    /// The value of a filter or a parameter that is something else than what it takes.
    #[error("{0}")]
    BadParameter(String),
}

impl FieldFault {
    /// A stable word for programs and documents.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Null => "null",
            Self::Blank => "blank",
            Self::UnknownField(_) => "unknown_field",
            Self::NotText
            | Self::NotInteger
            | Self::NotDecimal
            | Self::NotBoolean
            | Self::NotDate
            | Self::NotDatetime
            | Self::NotIp
            | Self::NotNetwork
            | Self::NotMac
            | Self::NotUrl
            | Self::NotEmail
            | Self::HostBits { .. }
            | Self::NulCharacter
            | Self::ControlCharacter
            | Self::PatternMismatch { .. }
            | Self::BadParameter(_) => "invalid",
            Self::TooLong { .. } => "max_length",
            Self::TooManyDigits => "max_digits",
            Self::TooManyPlaces { .. } => "max_decimal_places",
            Self::TooSmall { .. } => "min_value",
            Self::TooLarge { .. } => "max_value",
            Self::NotAChoice { .. } => "invalid_choice",
            Self::NotAReference { .. } => "incorrect_type",
            Self::NotAList { .. } => "not_a_list",
            Self::NoSuchId { .. } | Self::NoSuchKey { .. } => "does_not_exist",
            Self::Taken { .. } | Self::TakenTogether { .. } => "unique",
        }
    }

    /// Whether the fault lies in what else the register holds, not in the input alone.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Taken { .. } | Self::TakenTogether { .. })
    }
}

/// The name under which faults stand that belong to no single field.
pub const NON_FIELD: &str = "non_field_errors";

/// All faults of one input, by field or parameter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(BTreeMap<String, Vec<FieldFault>>);

impl Faults {
    /// Adds a fault of a field or parameter.
    pub fn add(&mut self, field: impl Into<String>, fault: FieldFault) {
        self.0.entry(field.into()).or_default().push(fault);
    }

    /// One fault.
    pub fn one(field: impl Into<String>, fault: FieldFault) -> Self {
        let mut faults = Self::default();
        faults.add(field, fault);
        faults
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The faults by field, sorted by its name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[FieldFault])> {
        self.0.iter().map(|(field, faults)| (field.as_str(), faults.as_slice()))
    }

    /// Whether every fault lies in what else the register holds.
    pub fn are_conflicts(&self) -> bool {
        self.0.values().flatten().all(FieldFault::is_conflict)
    }

    /// Takes over all faults of another input.
    pub fn merge(&mut self, other: Self) {
        for (field, faults) in other.0 {
            self.0.entry(field).or_default().extend(faults);
        }
    }

    /// `Ok(value)` when nothing is wrong.
    ///
    /// # Errors
    /// Itself, when something is.
    pub fn or_ok<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl std::fmt::Display for Faults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut first = true;
        for (field, faults) in self.iter() {
            for fault in faults {
                if !first {
                    f.write_str("; ")?;
                }
                first = false;
                write!(f, "{field}: {fault}")?;
            }
        }
        Ok(())
    }
}
