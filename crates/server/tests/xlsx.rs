//! Workbooks from and to the command line.
#![expect(clippy::unwrap_used, reason = "what tests share may fail as they do")]

mod shell;

use shell::Shell;

const FLEET: &str = "name,ip,component,dc,environment,group,state,tags\n\
                     =1+1,10.0.0.1,database,iad1,production,core,active,a|b\n\
                     db2,10.0.0.2,database,fra1,production,core,active,\n";

fn with_fleet() -> Shell {
    let shell = Shell::new();
    shell.write("fleet.csv", FLEET);
    shell.ok("import server fleet.csv --create-missing");
    shell
}

#[test]
fn a_workbook_comes_out_and_goes_in_as_nothing_new() {
    let shell = with_fleet();
    // By the ending of the file, or because somebody says so.
    shell.ok("export server --output out.xlsx");
    shell.ok("export server --format xlsx --output out.bin");
    let piped = shell.run("export server --format xlsx").stdout;
    std::fs::write(shell.path().join("piped"), piped).unwrap();
    for file in ["out.xlsx", "out.bin", "piped"] {
        let told = shell.ok(&format!("import server {file}"));
        assert_eq!(told, "Added 0, updated 0, left 2 alone.\n", "{file}");
    }
    assert!(shell.ok("export server --output out.csv").is_empty());
    assert!(shell.read("out.csv").contains("\n1,'=1+1,10.0.0.1,"));
    let other = "--database sqlite:other.sqlite3";
    let told = shell.ok(&format!("import server out.xlsx --map id= --create-missing {other}"));
    assert!(told.starts_with("Added 2, updated 0, left 0 alone."), "{told}");
}

#[test]
fn sheets_are_named_and_bad_rows_told_by_their_number_and_written_as_csv() {
    let shell = with_fleet();
    shell.ok("export server --output out.xlsx");
    shell.ok("import server out.xlsx --sheet servers");
    let told = shell.fails("import server out.xlsx --sheet Berlin", 1);
    assert!(told.contains("there is no sheet \"Berlin\"; the workbook has: servers"), "{told}");
    let map = "--map state=ip --map ip=";
    let told = shell.fails(&format!("import server out.xlsx {map}"), 1);
    assert!(told.starts_with("row 2: ip: Enter a valid IPv4 or IPv6 address.\nrow 3: "), "{told}");
    shell.ok(&format!("import server out.xlsx {map} --skip-bad"));
    let bad = shell.read("out.bad.csv");
    assert!(bad.starts_with("import_place,import_reason,id,name,"), "{bad}");
    assert!(bad.contains("\nrow 2,ip: Enter a valid"), "{bad}");
}

#[test]
fn what_is_no_workbook_is_told_in_a_sentence() {
    let shell = Shell::new();
    shell.write("fleet.xlsx", "name\nx\n");
    let told = shell.fails("import tag fleet.xlsx", 1);
    assert!(told.starts_with("error: fleet.xlsx can't be imported: this can't be read as XLSX"));
}
