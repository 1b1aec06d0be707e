//! Templates of the configuration, as the program takes them.
#![expect(clippy::unwrap_used, reason = "what tests share may fail as they do")]

mod shell;

use shell::Shell;

#[test]
fn a_template_that_can_not_be_used_refuses_to_start_by_its_name_and_line() {
    let shell = Shell::new();
    let with = |more: &str| {
        let table = format!("[[templates]]\nname = 'hosts'\nfile = 'hosts.j2'\n{more}");
        shell.write("domesday.toml", &table);
        shell.fails("serve", 1)
    };
    let why = with("");
    assert!(why.contains("the file hosts.j2 of the template hosts can't be read"), "{why}");
    shell.write("hosts.j2", "a\nb {{ x }\n");
    let why = with("");
    assert!(why.contains("the template hosts can't be used: text: line 2: syntax error"), "{why}");
    shell.write("hosts.j2", "{{ count }}\n");
    let why = with("types = ['servr']\n");
    assert!(why.contains("types: There is no type servr. Did you mean server?"), "{why}");
    let why = with("media_type = 'text'\n");
    assert!(why.contains("media_type: Give a media type such as text/plain."), "{why}");
}

#[test]
fn the_command_line_exports_by_a_template() {
    let shell = Shell::new();
    shell.write("tags.csv", "name\nssd\nrow-a\nrow-b\n");
    shell.ok("import tag tags.csv");
    let table = "[[templates]]\nname = 'rows'\ntext = '''{{ filters|length }} {{ count }}: \
                 {{ records|map(attribute=\"name\")|join(\" \") }}\n'''\n";
    shell.write("domesday.toml", table);
    let line = "export tag --template rows --search row --ordering -name";
    assert_eq!(shell.ok(line), "1 2: row-b row-a\n");
    shell.ok(&format!("{line} --output rows.txt"));
    assert_eq!(shell.read("rows.txt"), "1 2: row-b row-a\n");
    let why = shell.fails("export tag --template row --output none.txt", 1);
    assert!(why.contains("There is no template \"row\". Did you mean rows?"), "{why}");
    assert!(!shell.path().join("none.txt.part").exists());
    shell.fails("export tag --template rows --format csv", 2);
}
