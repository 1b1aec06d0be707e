//! The form of a page as a browser without script holds it: what it would send.

use std::collections::BTreeMap;

/// The fields of the form that is sent by POST in the content of a page, with what stands in them.
pub(super) fn filled(page: &str) -> BTreeMap<String, String> {
    let main = page.split_once("<main").unwrap().1;
    let form = main.split("<form").find(|form| form.contains("method=\"post\"")).unwrap();
    let form = form.split("</form>").next().unwrap();
    let mut fields = BTreeMap::new();
    for part in form.split('<').skip(1) {
        let (tag, rest) = part.split_once('>').unwrap_or((part, ""));
        let (element, name) = (tag.split(' ').next().unwrap(), attribute(tag, "name"));
        match (element, name) {
            ("input", Some(name)) => {
                let is_box = tag.contains("type=\"checkbox\"") || tag.contains("type=\"radio\"");
                if !is_box || tag.contains(" checked") {
                    fields.insert(name, attribute(tag, "value").unwrap_or_default());
                }
            }
            ("textarea", Some(name)) => {
                fields.insert(
                    name,
                    plain(rest.strip_prefix('\n').unwrap_or(rest)).replace("\r\n", "\n"),
                );
            }
            ("select", Some(name)) => {
                fields.insert(name.clone(), chosen(form, &name));
            }
            _ => {}
        }
    }
    fields
}

fn chosen(form: &str, name: &str) -> String {
    let select = form.split_once(&format!("name=\"{name}\"")).unwrap().1;
    let select = select.split("</select>").next().unwrap();
    let mut options = select.split("<option").skip(1).filter_map(|one| one.split('>').next());
    let selected = options.find(|one| one.contains(" selected"));
    selected.and_then(|one| attribute(one, "value")).unwrap_or_default()
}

/// An attribute of a tag.
pub(super) fn attribute(tag: &str, name: &str) -> Option<String> {
    let value = tag.split_once(&format!(" {name}=\""))?.1.split('"').next()?;
    Some(plain(value))
}

/// Text without the references that stand for what HTML has its own use for.
fn plain(text: &str) -> String {
    [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")]
        .into_iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// Fields with others in their place, as a browser sends them.
pub(super) fn with<'a>(
    fields: &'a BTreeMap<String, String>,
    others: &[(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    let kept = fields.iter().filter(|(name, _)| others.iter().all(|(other, _)| name != other));
    let kept = kept.map(|(name, value)| (name.as_str(), value.as_str()));
    kept.chain(others.iter().copied()).collect()
}
