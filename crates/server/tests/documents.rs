//! What the program tells about itself to shells and to `man`.
#![expect(clippy::unwrap_used, reason = "what tests share may fail as they do")]

mod shell;

use std::process::Command;

use shell::{Shell, text};

/// What a bash that has read our completions offers behind a line, one a line.
fn offered(shell: &Shell, line: &str) -> Vec<String> {
    // As bash does when Tab is pressed: by the function that the script has registered.
    let script = r#"
        . ./domesday.bash
        [[ $(complete -p domesday) =~ -F\ ([^\ ]+) ]] || exit 1
        COMP_LINE=$1 COMP_POINT=${#1}
        read -ra COMP_WORDS <<< "$1"
        [[ $1 == *' ' ]] && COMP_WORDS+=('')
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        "${BASH_REMATCH[1]}" domesday "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let mut bash = Command::new("bash");
    bash.args(["--norc", "-c", script, "bash", line]).current_dir(shell.path());
    let output = bash.output().unwrap();
    assert!(output.status.success(), "{line}: {}", text(&output.stderr));
    text(&output.stdout).lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_commands_flags_and_what_they_take() {
    let shell = Shell::new();
    shell.write("domesday.bash", &shell.ok("completions bash"));
    assert_eq!(offered(&shell, "domesday se"), ["serve"]);
    assert_eq!(offered(&shell, "domesday history ve"), ["verify"]);
    assert_eq!(offered(&shell, "domesday import --dry"), ["--dry-run"]);
    assert_eq!(offered(&shell, "domesday completions po"), ["powershell"]);
}

#[test]
fn every_shell_has_completions() {
    let shell = Shell::new();
    for name in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = shell.ok(&format!("completions {name}"));
        assert!(script.contains("verify"), "{name}");
    }
    shell.write("domesday.bash", &shell.ok("completions bash"));
    let mut bash = Command::new("bash");
    let is_well = bash.args(["-n", "domesday.bash"]).current_dir(shell.path()).status().unwrap();
    assert!(is_well.success());
    assert!(shell.fails("completions csh", 2).contains("powershell"));
}

#[test]
fn every_command_has_a_manual_page_with_its_examples() {
    let shell = Shell::new();
    assert_eq!(shell.ok("man pages"), "");
    let pages = std::fs::read_dir(shell.path().join("pages")).unwrap().count();
    let told = shell.ok("man pages --json");
    assert_eq!(told.trim(), format!("{{\"folder\":\"pages\",\"pages\":{pages}}}"));
    for name in ["domesday", "domesday-import", "domesday-history-verify"] {
        let page = shell.read(&format!("pages/{name}.1"));
        assert!(page.contains(".TH ") && page.contains("Example"), "{name}: {page}");
    }
    shell.write("file", "");
    assert!(shell.fails("man file", 1).contains("can't be written to file"));
}
