//! Which templates there are: those of the configuration, and those that administrators keep here.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use domain::access::Right;
use domain::audit::Action;
use domain::fault::{Faults, FieldFault};
use domain::nearest::nearest;
use domain::record::Timestamp;
use domain::schema::{Schema, Type, TypeIndex};
use domain::task;
use sql::write::StoredTemplate;
use sql::{Reader, Writer, write};

use super::compile::{CompiledTemplate, MEDIA_TYPE_DEFAULT, TemplateText, compile, media_type};
use super::{Templates, Uploaded};
use crate::people::{bad, given_up};
use crate::{App, Context, Error, audit};

/// Templates that are kept at most: all of them are compiled by every replica.
pub const TEMPLATES_MAX: usize = 100;
/// The most bytes of a template's text.
pub const TEXT_LENGTH_MAX: usize = 64 << 10;

/// What there is no template by this name is told as.
const TEMPLATE: &str = "template";

/// Where a template comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The configuration of this process.
    Configuration,
    /// An administrator put it here.
    Uploaded,
}

impl Origin {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Uploaded => "uploaded",
        }
    }
}

/// A template, as people are told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldTemplate {
    /// It.
    pub text: TemplateText,
    /// Where it comes from.
    pub origin: Origin,
    /// When it was uploaded, and by whom.
    pub updated: Option<(Timestamp, String)>,
}

/// A template that somebody uploads; `None` of a media type for the usual one.
#[derive(Clone, Debug, Default)]
pub struct TemplateDraft {
    /// It.
    pub text: String,
    /// The media type of what it makes.
    pub media_type: Option<String>,
    /// The names of the types that it is for; none for all.
    pub types: Vec<String>,
}

/// Whether a text can name a template: as one of a task does, it stands in addresses.
pub fn is_name(text: &str) -> bool {
    task::is_name(text)
}

impl TemplateDraft {
    /// The template of this name, compiled.
    ///
    /// # Errors
    /// All that is wrong with it, by member.
    pub fn compiled(self, name: &str, schema: &Schema) -> Result<CompiledTemplate, Faults> {
        let mut faults = Faults::default();
        if !is_name(name) {
            let told = "A name has small letters, digits and hyphens, at most 50.";
            faults.add("name", FieldFault::BadParameter(told.to_owned()));
        }
        let media_type = match self.media_type.as_deref().map(media_type) {
            None => MEDIA_TYPE_DEFAULT.to_owned(),
            Some(Ok(media_type)) => media_type,
            Some(Err(told)) => {
                faults.add("media_type", FieldFault::BadParameter(told.to_owned()));
                MEDIA_TYPE_DEFAULT.to_owned()
            }
        };
        for type_name in self.types.iter().filter(|name| schema.named(name).is_none()) {
            let known = schema.types().iter().map(|of| of.name.as_str());
            let meant = nearest(type_name, known).map(|meant| format!(" Did you mean {meant}?"));
            let told = format!("There is no type {type_name}.{}", meant.unwrap_or_default());
            faults.add("types", FieldFault::BadParameter(told));
        }
        if self.text.len() > TEXT_LENGTH_MAX {
            faults.add("text", FieldFault::TooLong { max: TEXT_LENGTH_MAX });
            return Err(faults);
        }
        if self.text.contains('\0') {
            faults.add("text", FieldFault::NulCharacter);
        }
        let text =
            TemplateText { name: name.to_owned(), media_type, types: self.types, text: self.text };
        match compile(text) {
            Ok(compiled) => faults.or_ok(compiled),
            Err(fault) => {
                faults.add("text", FieldFault::BadParameter(fault.to_string()));
                Err(faults)
            }
        }
    }
}

impl App {
    /// All templates, by name. One of the configuration hides an uploaded one of the same name.
    ///
    /// # Errors
    /// [`Error::Forbidden`] to who may see nothing; others when the database can't be asked.
    pub async fn template_list(&self, ctx: &Context) -> Result<Vec<ToldTemplate>, Error> {
        ctx.must_anywhere(Right::View)?;
        let stored = self.store.read(write::templates).await?;
        let uploaded = stored.into_iter().map(|stored| told(&stored));
        let configured = self.templates.configured.values().map(|one| ToldTemplate {
            text: one.text.clone(),
            origin: Origin::Configuration,
            updated: None,
        });
        let by_name = uploaded.chain(configured).map(|told| (told.text.name.clone(), told));
        let by_name: BTreeMap<String, ToldTemplate> = by_name.collect();
        Ok(by_name.into_values().collect())
    }

    /// A template.
    ///
    /// # Errors
    /// As [`Self::template_list`], and [`Error::NotFound`].
    pub async fn template_get(&self, ctx: &Context, name: &str) -> Result<ToldTemplate, Error> {
        let all = self.template_list(ctx).await?;
        let found = all.into_iter().find(|told| told.text.name == name);
        found.ok_or(Error::NotFound { what: TEMPLATE })
    }

    /// Keeps a template, in the place of one of the same name, and tells whether there was none.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right to administer, [`Error::BadRequest`] with what is wrong
    /// with it; others when the database can't be asked.
    pub async fn template_set(
        &self,
        ctx: &Context,
        name: &str,
        draft: TemplateDraft,
    ) -> Result<(ToldTemplate, bool), Error> {
        ctx.must_everywhere(Right::Administer)?;
        self.must_be_free(name)?;
        let compiled = draft.compiled(name, &self.schema).map_err(Error::BadRequest)?;
        let text = compiled.text;
        let stored = StoredTemplate {
            name: text.name,
            media_type: text.media_type,
            types: text.types,
            text: text.text,
            updated_at: ctx.now,
            updated_by: ctx.actor.name().to_owned(),
        };
        let ctx = ctx.clone();
        let kept = self.store.write(move |writer: &mut Writer<'_>| {
            write::lock_register(writer)?;
            let there = write::templates(writer)?;
            let is_new = there.iter().all(|other| other.name != stored.name);
            if is_new && there.len() >= TEMPLATES_MAX {
                let told = format!("There are {TEMPLATES_MAX} templates; remove one first.");
                return Err(given_up(bad("name", &told)));
            }
            write::template_set(writer, &stored)?;
            let subject = format!("template {}", stored.name);
            audit::keep(writer, &ctx, Action::TemplateSet, subject)?;
            Ok((told(&stored), is_new))
        });
        Ok(kept.await?)
    }

    /// Removes a template that was uploaded.
    ///
    /// # Errors
    /// As [`Self::template_set`], and [`Error::NotFound`].
    pub async fn template_remove(&self, ctx: &Context, name: &str) -> Result<(), Error> {
        ctx.must_everywhere(Right::Administer)?;
        self.must_be_free(name)?;
        let (ctx, name) = (ctx.clone(), name.to_owned());
        let removed = self.store.write(move |writer: &mut Writer<'_>| {
            write::lock_register(writer)?;
            if !write::template_remove(writer, &name)? {
                return Err(given_up(Error::NotFound { what: TEMPLATE }));
            }
            audit::keep(writer, &ctx, Action::TemplateRemoved, format!("template {name}"))
        });
        Ok(removed.await?)
    }

    /// The template of a name for records of a type, compiled, where the head of pages stands so.
    ///
    /// # Errors
    /// [`Error::Forbidden`] to who may not see the type, [`Error::BadRequest`] of `export` where there is
    /// no such template, or it is for other types; others when the database can't be asked.
    pub async fn template_for(
        &self,
        ctx: &Context,
        pages: i64,
        (name, of): (&str, TypeIndex),
    ) -> Result<Arc<CompiledTemplate>, Error> {
        ctx.must(Right::View, &self.schema, of)?;
        let uploaded = self.templates_uploaded(pages).await?;
        let configured = &self.templates.configured;
        let type_name = self.schema.get(of).name.as_str();
        match configured.get(name).or_else(|| uploaded.get(name)) {
            Some(found) if found.is_for(type_name) => Ok(Arc::clone(found)),
            Some(found) => {
                let types = found.text.types.join(", ");
                Err(bad("export", &format!("The template {name} is for {types}.")))
            }
            None => {
                let known = configured.keys().chain(uploaded.keys()).map(String::as_str);
                let meant = nearest(name, known).map(|meant| format!(" Did you mean {meant}?"));
                let meant = meant.unwrap_or_default();
                Err(bad("export", &format!("There is no template \"{name}\".{meant}")))
            }
        }
    }

    /// The names of the templates for records of a type, where the head of pages stands so.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn template_names(&self, pages: i64, of: &Type) -> Result<Vec<String>, Error> {
        let uploaded = self.templates_uploaded(pages).await?;
        let all = self.templates.configured.iter().chain(uploaded.iter());
        // One of the configuration hides an uploaded one of the same name.
        let by_name: BTreeMap<_, _> = all.rev().collect();
        let named = by_name.into_iter().filter(|(_, one)| one.text.is_for(of.name.as_str()));
        Ok(named.map(|(name, _)| name.clone()).collect())
    }

    /// The uploaded ones, compiled once for each time that something was uploaded. They are read behind
    /// the head, so that they are never older than it.
    async fn templates_uploaded(
        &self,
        pages: i64,
    ) -> Result<Arc<BTreeMap<String, Arc<CompiledTemplate>>>, Error> {
        if let Some(kept) = self.templates.kept(pages) {
            return Ok(kept);
        }
        let stored = self.store.read(|reader: &mut Reader<'_>| write::templates(reader)).await?;
        let before = self.templates.last();
        let mut templates = BTreeMap::new();
        for one in stored {
            let (name, text) = (one.name.clone(), told(&one).text);
            // The head moves for much that is no template.
            if let Some(same) = before.get(&name).filter(|kept| kept.text == text) {
                templates.insert(name, Arc::clone(same));
                continue;
            }
            match compile(text) {
                Ok(compiled) => {
                    templates.insert(name, Arc::new(compiled));
                }
                // It was taken by a version that knew another language.
                Err(fault) => tracing::warn!(template = name, %fault, "a template can't be used"),
            }
        }
        let templates = Arc::new(templates);
        self.templates.keep(pages, &templates);
        Ok(templates)
    }

    fn must_be_free(&self, name: &str) -> Result<(), Error> {
        if self.templates.configured.contains_key(name) {
            return Err(bad(
                "name",
                "The configuration has a template of this name; change it there.",
            ));
        }
        Ok(())
    }
}

impl Templates {
    fn kept(&self, pages: i64) -> Option<Arc<BTreeMap<String, Arc<CompiledTemplate>>>> {
        let uploaded = self.uploaded.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = uploaded.as_ref().filter(|kept| kept.pages == pages)?;
        Some(Arc::clone(&kept.templates))
    }

    /// The uploaded ones as they were known last.
    fn last(&self) -> Arc<BTreeMap<String, Arc<CompiledTemplate>>> {
        let uploaded = self.uploaded.lock().unwrap_or_else(PoisonError::into_inner);
        uploaded.as_ref().map(|kept| Arc::clone(&kept.templates)).unwrap_or_default()
    }

    fn keep(&self, pages: i64, templates: &Arc<BTreeMap<String, Arc<CompiledTemplate>>>) {
        let templates = Arc::clone(templates);
        let mut uploaded = self.uploaded.lock().unwrap_or_else(PoisonError::into_inner);
        *uploaded = Some(Uploaded { pages, templates });
    }
}

fn told(stored: &StoredTemplate) -> ToldTemplate {
    ToldTemplate {
        text: TemplateText {
            name: stored.name.clone(),
            media_type: stored.media_type.clone(),
            types: stored.types.clone(),
            text: stored.text.clone(),
        },
        origin: Origin::Uploaded,
        updated: Some((stored.updated_at, stored.updated_by.clone())),
    }
}
