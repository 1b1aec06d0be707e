//! What an auditor wants to know beside the changes of records.

use crate::record::Timestamp;

/// Something that happened and is no change of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// Who did it, or tried.
    pub actor: String,
    /// The name of the token that was used.
    pub token: Option<String>,
    /// Through what.
    pub origin: String,
    /// The request that asked for it.
    pub request_id: Option<String>,
    /// What.
    pub action: Action,
    /// What it was done to: `token laptop of alice`.
    pub subject: String,
    /// Why, or how it went.
    pub reason: Option<String>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A token was made.
    TokenCreated,
    /// A token was ended.
    TokenRevoked,
    /// Somebody was turned away.
    Refused,
    /// Somebody signed in.
    SignedIn,
    /// Somebody signed out, or a session of theirs was ended.
    SignedOut,
    /// Somebody failed to sign in.
    SignInRefused,
    /// A user came to be known.
    UserAdded,
    /// What is told of a user was changed.
    UserChanged,
    /// A user is let in again.
    UserEnabled,
    /// A user is let in no more.
    UserDisabled,
    /// A password was set.
    PasswordSet,
    /// A group was made.
    GroupAdded,
    /// A group was removed.
    GroupRemoved,
    /// A user was put into a group.
    MemberAdded,
    /// A user was taken out of a group.
    MemberRemoved,
    /// Rights were granted.
    Granted,
    /// Rights were taken back.
    GrantRevoked,
    /// A schema was applied.
    SchemaApplied,
    /// Older history was folded.
    HistoryFolded,
    /// All kept answers were forgotten.
    CacheCleared,
    /// A view of a table was saved.
    ViewAdded,
    /// A view was renamed, replaced or shared otherwise.
    ViewChanged,
    /// A view was deleted.
    ViewRemoved,
    /// A template of exports was uploaded.
    TemplateSet,
    /// A template of exports was removed.
    TemplateRemoved,
    /// Somebody had a task run.
    TaskRun,
    /// Somebody had the run of a task stop.
    TaskCancelled,
    /// Somebody had a task rest.
    TaskPaused,
    /// Somebody had a task go on.
    TaskResumed,
    /// Somebody had a webhook rest.
    WebhookPaused,
    /// Somebody had a webhook go on.
    WebhookResumed,
    /// Somebody had a webhook pinged.
    WebhookTested,
    /// Somebody had dead deliveries sent again.
    WebhookReplayed,
    /// Somebody let go of dead deliveries.
    WebhookDiscarded,
    /// Somebody had a webhook forgotten.
    WebhookForgotten,
    /// The cursor of a publisher of events was removed.
    PublisherRemoved,
    /// A publisher was asked to tell of all that is there.
    SnapshotAsked,
    /// Dead letters were taken in again.
    LettersReplayed,
    /// Dead letters were thrown away.
    LettersDiscarded,
    /// A backup was taken.
    BackedUp,
    /// The register was restored from a backup.
    Restored,
    /// Something that the audit of another system told, which was brought over.
    BroughtOver,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 42] = [
        Self::TokenCreated,
        Self::TokenRevoked,
        Self::Refused,
        Self::SignedIn,
        Self::SignedOut,
        Self::SignInRefused,
        Self::UserAdded,
        Self::UserChanged,
        Self::UserEnabled,
        Self::UserDisabled,
        Self::PasswordSet,
        Self::GroupAdded,
        Self::GroupRemoved,
        Self::MemberAdded,
        Self::MemberRemoved,
        Self::Granted,
        Self::GrantRevoked,
        Self::SchemaApplied,
        Self::HistoryFolded,
        Self::CacheCleared,
        Self::ViewAdded,
        Self::ViewChanged,
        Self::ViewRemoved,
        Self::TemplateSet,
        Self::TemplateRemoved,
        Self::TaskRun,
        Self::TaskCancelled,
        Self::TaskPaused,
        Self::TaskResumed,
        Self::WebhookPaused,
        Self::WebhookResumed,
        Self::WebhookTested,
        Self::WebhookReplayed,
        Self::WebhookDiscarded,
        Self::WebhookForgotten,
        Self::PublisherRemoved,
        Self::SnapshotAsked,
        Self::LettersReplayed,
        Self::LettersDiscarded,
        Self::BackedUp,
        Self::Restored,
        Self::BroughtOver,
    ];

    /// The word for it, as it is kept and sent.
    pub fn word(self) -> &'static str {
        match self {
            Self::TokenCreated => "Created token",
            Self::TokenRevoked => "Revoked token",
            Self::Refused => "Refused",
            Self::SignedIn => "Signed in",
            Self::SignedOut => "Signed out",
            Self::SignInRefused => "Refused sign-in",
            Self::UserAdded => "Added user",
            Self::UserChanged => "Changed user",
            Self::UserEnabled => "Enabled user",
            Self::UserDisabled => "Disabled user",
            Self::PasswordSet => "Set password",
            Self::GroupAdded => "Added group",
            Self::GroupRemoved => "Removed group",
            Self::MemberAdded => "Added member",
            Self::MemberRemoved => "Removed member",
            Self::Granted => "Granted",
            Self::GrantRevoked => "Took grant back",
            Self::SchemaApplied => "Applied schema",
            Self::HistoryFolded => "Folded history",
            Self::CacheCleared => "Cleared cache",
            Self::ViewAdded => "Added view",
            Self::ViewChanged => "Changed view",
            Self::ViewRemoved => "Removed view",
            Self::TemplateSet => "Uploaded template",
            Self::TemplateRemoved => "Removed template",
            Self::TaskRun => "Ran task",
            Self::TaskCancelled => "Cancelled task",
            Self::TaskPaused => "Paused task",
            Self::LettersReplayed => "Replayed dead letters",
            Self::LettersDiscarded => "Discarded dead letters",
            Self::TaskResumed => "Resumed task",
            Self::WebhookPaused => "Paused webhook",
            Self::WebhookResumed => "Resumed webhook",
            Self::WebhookTested => "Tested webhook",
            Self::WebhookReplayed => "Replayed deliveries",
            Self::WebhookDiscarded => "Discarded deliveries",
            Self::WebhookForgotten => "Forgot webhook",
            Self::PublisherRemoved => "Removed publisher",
            Self::SnapshotAsked => "Asked for snapshot",
            Self::BackedUp => "Took backup",
            Self::Restored => "Restored backup",
            Self::BroughtOver => "Brought over",
        }
    }

    /// Whether what somebody may can be another afterwards; providers say anew at each sign-in in
    /// which groups somebody is.
    pub fn may_change_rights(self) -> bool {
        match self {
            Self::Refused
            | Self::SignInRefused
            | Self::SchemaApplied
            | Self::HistoryFolded
            | Self::CacheCleared
            | Self::ViewAdded
            | Self::ViewChanged
            | Self::ViewRemoved
            | Self::TemplateSet
            | Self::TemplateRemoved
            | Self::TaskRun
            | Self::TaskCancelled
            | Self::TaskPaused
            | Self::TaskResumed
            | Self::WebhookPaused
            | Self::WebhookResumed
            | Self::WebhookTested
            | Self::WebhookReplayed
            | Self::WebhookDiscarded
            | Self::WebhookForgotten
            | Self::PublisherRemoved
            | Self::SnapshotAsked
            | Self::LettersReplayed
            | Self::LettersDiscarded
            | Self::BackedUp
            | Self::BroughtOver => false,
            Self::TokenCreated
            | Self::TokenRevoked
            | Self::SignedIn
            | Self::SignedOut
            | Self::UserAdded
            | Self::UserChanged
            | Self::UserEnabled
            | Self::UserDisabled
            | Self::PasswordSet
            | Self::GroupAdded
            | Self::GroupRemoved
            | Self::MemberAdded
            | Self::MemberRemoved
            | Self::Granted
            | Self::GrantRevoked
            | Self::Restored => true,
        }
    }
}
