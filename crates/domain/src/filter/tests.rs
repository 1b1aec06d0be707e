//! What each parameter becomes, and what is said of those that can't be.

use super::fixture::schema;
use super::*;
use crate::query::{Comparison, Place};

/// An expression as text: `dc>name in [eqiad]` and the like.
fn show(expr: &Expr, schema: &Schema, at: &Type) -> String {
    let list = |parts: &[Expr], word: &str| {
        let parts: Vec<String> = parts.iter().map(|part| show(part, schema, at)).collect();
        format!("({})", parts.join(word))
    };
    match expr {
        Expr::And(parts) => list(parts, " & "),
        Expr::Or(parts) => list(parts, " | "),
        Expr::Not(inside) => format!("!{}", show(inside, schema, at)),
        Expr::Via(field, inside) => {
            let field = at.field(*field);
            let target = schema.get(field.kind.target().unwrap());
            format!("{}>{}", field.name, show(inside, schema, target))
        }
        Expr::PointsTo(field, ids) => {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            format!("{}={}", at.field(*field).name, ids.join(","))
        }
        Expr::PointsNowhere(field) => format!("{} nowhere", at.field(*field).name),
        Expr::Test(column, test) => format!("{} {}", path::name_of(at, *column), show_test(test)),
        Expr::Search(text) => format!("search {text}"),
    }
}

fn show_test(test: &Test) -> String {
    let sign = |comparison: &Comparison| match comparison {
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    };
    match test {
        Test::IsNull => "null".to_owned(),
        Test::In(values) => {
            let values: Vec<String> = values.iter().map(crate::value::Value::to_text).collect();
            format!("in [{}]", values.join(","))
        }
        Test::Compare(comparison, value) => format!("{} {}", sign(comparison), value.to_text()),
        Test::Text(test) => {
            let (before, behind) = match test.place {
                Place::Whole => ("", ""),
                Place::Anywhere => ("*", "*"),
                Place::Start => ("", "*"),
                Place::End => ("*", ""),
            };
            let sign = if test.folded { "~" } else { "like" };
            format!("{sign} {before}{}{behind}", test.text)
        }
        Test::Matches(pattern) => format!("matches {}", pattern.rust),
        Test::Inside(network) => format!("inside {network}"),
        Test::PartIn(part, numbers) => format!("{part:?} in {numbers:?}"),
        Test::PartCompare(part, comparison, number) => {
            format!("{part:?} {} {number}", sign(comparison))
        }
    }
}

/// Parses `a=b&c=d`, of which nothing is encoded.
fn pairs(query: &str) -> Vec<(String, String)> {
    let pair = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (name.to_owned(), value.to_owned())
    };
    query.split('&').filter(|part| !part.is_empty()).map(pair).collect()
}

fn run(query: &str) -> Result<String, String> {
    let schema = schema();
    let server = schema.named("server").unwrap();
    match filter(server, &schema, &pairs(query)) {
        Ok(expr) => Ok(show(&expr, &schema, server)),
        Err(faults) => Err(faults.to_string()),
    }
}

#[track_caller]
fn check(query: &str, expected: &str) {
    assert_eq!(run(query).as_deref(), Ok(expected), "{query}");
}

#[track_caller]
fn check_refused(query: &str, expected: &str) {
    assert_eq!(run(query), Err(expected.to_owned()), "{query}");
}

#[track_caller]
fn check_hint(query: &str, part: &str) {
    let faults = run(query).unwrap_err();
    assert!(faults.contains(part), "{query}: {faults}");
}

#[test]
fn parameters_must_all_hold_and_repeats_any() {
    check("", "()");
    check("name=a", "name in [a]");
    check("name=a&cpus=4", "(cpus in [4] & name in [a])");
    check("name=b&name=a&name=b", "name in [a,b]");
    check("name__icontains=A&name__icontains=b", "(name ~ *a* | name ~ *b*)");
    check("name=a&name__exact=b", "(name in [a] & name in [b])");
}

#[test]
fn an_empty_value_is_no_filter() {
    check("name=&cpus=&dc=&dc__isnull=&name__in=&net__net=", "()");
    check("name=&name=a", "name in [a]");
    check("name!=", "()");
    check_hint("nmae=", "nmae: Unknown field. Did you mean name?");
}

#[test]
fn an_exclamation_mark_negates_the_whole_parameter() {
    check("name!=a", "!name in [a]");
    check("name__icontains!=a&name__icontains!=b", "!(name ~ *a* | name ~ *b*)");
    check("tags__name!=a", "!tags>name in [a]");
    check("dc!=3", "!dc=3");
}

#[test]
fn text_is_looked_up_exactly_or_folded() {
    check("name__exact= Straße ", "name in [Straße]");
    check("name__iexact=STRASSE", "name ~ strasse");
    check("name__contains=Ä", "name like *Ä*");
    check("name__icontains=Ä", "name ~ *ä*");
    check("name__startswith=a b", "name like a b*");
    check("name__istartswith=A", "name ~ a*");
    check("name__endswith=a ", "name like *a ");
    check("name__iendswith=A", "name ~ *a");
    check("name__in=b, a,,c", "name in [a,b,c]");
    check("name__gte=m", "name >= m");
    check("name__range=a,b", "(name >= a & name <= b)");
    check("name__regex=^a", r"name matches \Aa");
    check("name__iregex=a", "name matches [Aa]");
    check("description= a ", "description in [ a ]");
    check("description__isnull=true", "description null");
    check("description__isnull=0", "!description null");
    check("contact=x", "contact in [x]");
    check("page__icontains=WIKI", "page ~ *wiki*");
    check("changed_by__icontains=Ann", "changed_by ~ *ann*");
    check("name__iexact=a,b", "name ~ a,b");
    check_refused(
        "name__iregex=(",
        "name__iregex: Enter a valid regular expression. (unclosed group)",
    );
    check_refused("name=a\0", "name: Null characters are not allowed.");
    check_refused("name__in=,", "name__in: Enter at least one value.");
}

#[test]
fn numbers_are_compared_beyond_the_bounds_of_their_field() {
    check("cpus=4", "cpus in [4]");
    check("cpus__gt=4000", "cpus > 4000");
    check("cpus__in=8,4", "cpus in [4,8]");
    check("cpus__range=2,8", "(cpus >= 2 & cpus <= 8)");
    check("price__lte=1.125", "price <= 1.125");
    check("price=1.50", "price in [1.5]");
    check("revision__gte=2", "revision >= 2");
    check("id__in=1,2", "id in [1,2]");
    check("id__range=1,9", "(id >= 1 & id <= 9)");
    check_refused("cpus=x", "cpus: Enter a whole number.");
    check_refused("cpus= ", "cpus: Enter a whole number.");
    check_refused("cpus=1.5", "cpus: Enter a whole number.");
    check_refused("price=x", "price: Enter a number.");
    check_refused("cpus__range=1", "cpus__range: Range query expects two values.");
    check_refused("cpus__range=1,2,3", "cpus__range: Range query expects two values.");
    check_refused("cpus__range=1,", "cpus__range: Range query expects two values.");
    check_refused("cpus__in=1,x,y", "cpus__in: Enter a whole number.");
}

#[test]
fn booleans_and_choices_take_their_words_alone() {
    check("virtual=true", "virtual in [true]");
    check("virtual=0", "virtual in [false]");
    check("virtual__in=true,FALSE", "virtual in [false,true]");
    check_refused("virtual=maybe", "virtual: Must be a valid boolean.");
    check_refused("virtual__isnull=maybe", "virtual__isnull: Must be a valid boolean.");
    check("state=active&state=planned", "state in [active,planned]");
    check("state__in=active,retired", "state in [active,retired]");
    check("state__icontains=E", "state in [active,planned,retired]");
    check("state__startswith=P", "state in []");
    check("state__iregex=^(P|R)", "state in [planned,retired]");
    check("phase=null&phase=active", "(phase in [active] | phase null)");
    check("phase__isnull=1", "phase null");
    check_refused(
        "state=gone",
        "state: Select a valid choice. gone is not one of the available choices.",
    );
    check_refused(
        "state=null",
        "state: Select a valid choice. null is not one of the available choices.",
    );
    check_hint("state__gt=a", "There is no lookup gt here. There are: exact, in,");
}

#[test]
fn addresses_are_compared_as_such_and_searched_as_written() {
    check("ip=2001:DB8::1", "ip in [2001:db8::1]");
    check("ip__gt=10.0.0.9", "ip > 10.0.0.9");
    check("ip__startswith=10.", "ip like 10.*");
    check("ip__iregex=^10", r"ip matches \A10");
    check("ip__net=10.0.0.0/8", "ip inside 10.0.0.0/8");
    check("ip__net=10.0.0.0/8, ::/0", "(ip inside 10.0.0.0/8 | ip inside ::/0)");
    check("ip__net!=10.1.2.3", "!ip inside 10.1.2.3/32");
    check("net__net=10.0.0.0/8", "net inside 10.0.0.0/8");
    check("net=10.0.0.0/24", "net in [10.0.0.0/24]");
    check("mac=001B.4411.3AB7", "mac in [00:1b:44:11:3a:b7]");
    check("mac__icontains=1B:44", "mac ~ *1b:44*");
    check_refused(
        "ip__net=10.0.0.1/8",
        "ip__net: This network has host bits set. Did you mean 10.0.0.0/8?",
    );
    check_refused("ip=10.0.0.300", "ip: Enter a valid IPv4 or IPv6 address.");
    check_hint("mac__net=10.0.0.0/8", "There is no lookup net here.");
    check_hint("extra__contains=a", "There is no lookup contains here. There are: isnull.");
    check("extra__isnull=true", "extra null");
}

#[test]
fn dates_and_their_parts() {
    check("bought=2026-01-31", "bought in [2026-01-31]");
    check("bought__year=2026", "(bought >= 2026-01-01 & bought < 2027-01-01)");
    check("bought__year__gt=2026", "bought >= 2027-01-01");
    check("bought__year__in=2025,2026", "bought Year in [2025, 2026]");
    check(
        "last_seen__date__in=2026-01-31,",
        "(last_seen >= 2026-01-31T00:00:00.000000Z & last_seen < 2026-02-01T00:00:00.000000Z)",
    );
    check("bought__year__range=2020,2022", "(bought >= 2020-01-01 & bought < 2023-01-01)");
    check("bought__month=1&bought__month=2", "bought Month in [1, 2]");
    check("bought__quarter__gte=2", "bought Quarter >= 2");
    check("bought__week_day__in=1,7", "bought WeekDay in [1, 7]");
    check("bought__day__range=1,7", "(bought Day >= 1 & bought Day <= 7)");
    check("bought__year__isnull=true", "bought null");
    check("last_seen__gt=2026-01-31", "last_seen > 2026-01-31T00:00:00.000000Z");
    check("last_seen__gt=2026-01-31T10:00:00+01:00", "last_seen > 2026-01-31T09:00:00.000000Z");
    check(
        "last_seen__date=2026-01-31",
        "(last_seen >= 2026-01-31T00:00:00.000000Z & last_seen < 2026-02-01T00:00:00.000000Z)",
    );
    check("last_seen__date__gt=2026-01-31", "last_seen >= 2026-02-01T00:00:00.000000Z");
    check("last_seen__date__gte=2026-01-31", "last_seen >= 2026-01-31T00:00:00.000000Z");
    check("last_seen__date__lt=2026-01-31", "last_seen < 2026-01-31T00:00:00.000000Z");
    check("last_seen__date__lte=2026-01-31", "last_seen < 2026-02-01T00:00:00.000000Z");
    check("created_at__year__gte=2026", "created_at >= 2026-01-01T00:00:00.000000Z");
    check("updated_at__date__month=5", "updated_at Month in [5]");
    check("last_seen__hour__lt=6", "last_seen Hour < 6");
    check_refused("bought=31.1.2026", "bought: Enter a valid date.");
    check_refused("last_seen=now", "last_seen: Enter a valid date/time.");
    check_hint("bought__hour=1", "There is no lookup hour here.");
    check_hint(
        "bought__year__month=1",
        "There is no lookup month here. There are: exact, in, isnull, range, gt, gte, lt, lte.",
    );
    check_hint("created_at__isnull=true", "There is no lookup isnull here.");
}

#[test]
fn a_year_beyond_what_the_register_holds_is_still_a_year() {
    for (query, bound) in [
        ("bought__year__lt=99999", "bought < +10001-01-01"),
        ("bought__year__gte=-9", "bought >= -0001-01-01"),
    ] {
        check(query, bound);
    }
    assert!(run(&format!("bought__year={}", i64::MAX)).is_ok());
    assert!(run(&format!("last_seen__year={}", i64::MIN)).is_ok());
    assert!(run("last_seen__date=9999-12-31").is_ok());
}

#[test]
fn references_are_followed_or_named_by_id() {
    check("dc=3", "dc=3");
    check("dc=4&dc=3", "dc=3,4");
    check("dc__in=3,1,3", "dc=1,3");
    check("dc__id=3", "dc=3");
    check("dc__id__in=3", "dc=3");
    check("dc__id__gt=3", "dc>id > 3");
    check("tags=1&tags=2", "tags=1,2");
    check("tags__all=1", "tags=1");
    check("tags__all=1,2", "(tags=1 & tags=2)");
    check("tags__all=1,2&tags__all=3", "((tags=1 & tags=2) | tags=3)");
    check("tags__all!=1,2", "!(tags=1 & tags=2)");
    check_hint("tags__all=,", "Enter at least one value.");
    check_hint("dc__all=1", "dc__all: Unknown field.");
    check("dc__name__iexact=EQIAD", "dc>name ~ eqiad");
    check("tags__name__icontains=x", "tags>name ~ *x*");
    check("dc__region__code=eu", "dc>region>code in [eu]");
    check("dc__region=2", "dc>region=2");
    check(
        "parent__parent__dc__updated_at__year__gt=2025",
        "parent>parent>dc>updated_at >= 2026-01-01T00:00:00.000000Z",
    );
    for query in ["dc=x", "dc__in=1,x", "dc=0", "dc=null", "dc__id=x", "tags=99999999999999999999"]
    {
        check_hint(
            query,
            ": Select a valid choice. That choice is not one of the available choices.",
        );
    }
}

#[test]
fn null_follows_outer_joins_as_django_does() {
    check("spare_dc=null", "spare_dc nowhere");
    check("spare_dc=null&spare_dc=3", "(spare_dc=3 | spare_dc nowhere)");
    check("spare_dc__in=3,null", "(spare_dc=3 | spare_dc nowhere)");
    check("tags__isnull=true", "tags nowhere");
    check("tags__isnull=false", "!tags nowhere");
    check("dc__region=null", "dc>region nowhere");
    check("spare_dc__region__isnull=true", "(spare_dc nowhere | spare_dc>region nowhere)");
    check("spare_dc__region__isnull=false", "spare_dc>!region nowhere");
    check("spare_dc__id__isnull=true", "spare_dc nowhere");
}

#[test]
fn all_faults_are_told_with_hints() {
    check_refused(
        "cpus=x&bought=y&dc__nme=z",
        "bought: Enter a valid date.; cpus: Enter a whole number.; \
         dc__nme: Unknown field. Did you mean name?",
    );
    check_hint("name__icontain=x", "Did you mean icontains?");
    check_hint("name__icontains__x=x", "Nothing can follow icontains, and x does.");
    check_hint("dc__in__x=1", "Nothing can follow in, and x does.");
    check_hint("dc__icontains=x", "dc__icontains: Unknown field.");
    check_hint("tags__name__foo=x", "There is no lookup foo here.");
    check_hint("=x", ": Unknown field. There are: name, description,");
    check_hint("name!!=x", "name!!: Unknown field. Did you mean name?");
    check_hint("nonsense=x", "nonsense: Unknown field. There are:");
}

#[test]
fn filters_are_bounded() {
    let chain = |steps| format!("{}name=a", "parent__".repeat(steps));
    check(&chain(8), &format!("{}name in [a]", "parent>".repeat(8)));
    check_hint(&chain(9), "At most 8 references can be followed.");

    let list = |items| format!("cpus__in={}", vec!["1"; items].join(","));
    check(&list(1_000), "cpus in [1]");
    check_hint(&list(1_001), "At most 1000 values are taken.");
    check_hint(&vec!["cpus=1"; 1_001].join("&"), "At most 1000 values are taken.");

    let contains = |times| vec!["name__contains=a"; times].join("&");
    assert!(run(&contains(100)).is_ok());
    check_hint(&contains(101), "At most 100 conditions are taken");
    let matches = |times| vec!["name__regex=a"; times].join("&");
    assert!(run(&matches(10)).is_ok());
    check_hint(&matches(11), "At most 100 conditions are taken");
    let names: Vec<String> = (0..101).map(|n| format!("x{n}=1")).collect();
    check_hint(&names.join("&"), "non_field_errors: At most 100 conditions are taken");

    let text = |length| format!("name__contains={}", "a".repeat(length));
    assert!(run(&text(4_000)).is_ok());
    check_hint(&text(4_001), "no more than 4000 characters");
    check_hint(&format!("name__regex={}", "a".repeat(1_001)), "no more than 1000 characters");
}

#[test]
fn every_named_lookup_is_taken() {
    let schema = schema();
    let server = schema.named("server").unwrap();
    for field in &server.fields {
        for lookup in lookup_names(&field.kind) {
            let name = format!("{}__{lookup}", field.name);
            assert!(name::read(&schema, server, &name).is_ok(), "{name}");
        }
    }
}
