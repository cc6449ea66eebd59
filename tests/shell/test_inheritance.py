"""What the next command inherits, whatever shell it is, however it ends, and whatever it defines."""

import asyncio
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitl_cli.shell import CommandResult, Shell
from hitl_cli.shell.influence import INFLUENTIAL, LOADERS, Group
from hitl_cli.shell.inheritance import read_report

NAMES = (
    "command printf env pwd builtin export declare local trap exit exec return cd : test [ readonly typeset shift read "
    "echo source . hash enable type emulate unfunction noglob - /usr/bin/env unset set eval"
)
"""Whatever a hook could call; `eval` is last, because it defines the others in bash."""

NO_REPORT = "this shell reported no folder or variables"


def shell_of(name: str, folder: Path, **variables: str) -> Shell:
    """Return a shell of this kind that works in `folder`, or skip the test where there is none."""
    program = shutil.which(name) or pytest.skip(f"no {name} here")
    home = {"HOME": str(folder.parent), "PATH": "/usr/bin:/bin"}
    return Shell(program, folder, {**home, **variables})


def each(shell: Shell, *commands: str) -> list[CommandResult]:
    """Run `commands` one after the other."""

    async def run() -> list[CommandResult]:
        try:
            return [await shell.run(command) for command in commands]
        finally:
            await shell.close()

    return asyncio.run(run())


@pytest.fixture
def sub(folder: Path) -> Path:
    """A folder that commands go to."""
    (folder / "sub").mkdir()
    return folder / "sub"


def test_what_a_bash_command_defines_does_not_reach_the_hook(folder: Path, sub: Path) -> None:
    """Functions, aliases and traps named after all that it could call; what they would do leaves a file."""
    shell = shell_of("bash", folder)
    each(
        shell,
        "cd sub; export KEPT=1; shopt -s expand_aliases; alias exec=false unset=false __hitl_leave=false\n"
        f'for n in {NAMES}; do eval "function $n {{ /usr/bin/touch reached; }}"; done 2>/dev/null',
        "export KEPT=2; trap '/usr/bin/touch reached' DEBUG ERR RETURN",
        "export KEPT=3; for n in command printf env pwd export local exit exec return : test [ unset set eval; do "
        'eval "function $n { /usr/bin/touch reached; }"; done 2>/dev/null; trap "/bin/true" EXIT; trap',
    )
    assert (shell.folder, shell.variables["KEPT"]) == (sub, "3")
    assert list(sub.iterdir()) == []


def test_what_a_zsh_command_defines_does_not_reach_the_hook(folder: Path, sub: Path) -> None:
    """The same in zsh, where a function comes before everything."""
    shell = shell_of("zsh", folder)
    each(
        shell,
        "cd sub; export KEPT=1; alias -g pwd=false exec=false builtin=false\n"
        f"for n in {NAMES}; do functions[$n]='/usr/bin/touch reached'; done",
    )
    assert (shell.folder, shell.variables["KEPT"]) == (sub, "1")
    assert list(sub.iterdir()) == []


def test_what_a_fish_command_defines_does_not_reach_the_hook(folder: Path, sub: Path) -> None:
    """The same in fish, and for a PATH with another env(1)."""
    (sub / "env").write_text("#!/bin/sh\ntouch reached\n")
    (sub / "env").chmod(0o755)
    shell = shell_of("fish", folder)
    each(
        shell,
        "cd sub; set -gx KEPT 1; for n in pwd printf env touch; function $n; /usr/bin/touch reached; end; end\n"
        "set -gx PATH $PWD $PATH",
    )
    assert (shell.folder, shell.variables["KEPT"]) == (sub, "1")
    assert not (sub / "reached").exists()


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_functions_and_loader_variables_end_with_their_command(name: str, folder: Path) -> None:
    """They do not reach the next command, nor the program that reports; the person's own stay as they are."""
    log = folder / "loaded"
    own = {"BASH_FUNC_mine%%": "() { echo mine; }", "LD_LIBRARY_PATH": "/usr/lib/mine"}
    shell = shell_of(name, folder, **own)
    code = f"LD_DEBUG=all LD_DEBUG_OUTPUT={log} LD_LIBRARY_PATH=/elsewhere"
    export = "; ".join(f"export {each}" for each in code.split())
    function = "mine() { echo other; }; export -f mine; git() { echo evil; }; export -f git; " * (
        name == "bash"
    )
    first, second = each(shell, f"{function}{export}", "env")
    assert {**shell.variables, **own} == shell.variables
    assert not [variable for variable in shell.variables if "DEBUG" in variable or "git" in variable]
    assert "/elsewhere" not in second.output
    functions = ", the function git, the function mine" * (name == "bash")
    (note,) = first.notes
    assert note.startswith("not passed to the next command (functions and loader variables never are): ")
    assert note.endswith(f": LD_DEBUG, LD_DEBUG_OUTPUT, LD_LIBRARY_PATH{functions}")
    assert second.notes == ()
    assert not list(folder.glob("loaded*")), "the loader of the reporting program heard of it"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("bash", "trap 'echo mine; cd sub' EXIT; export KEPT=1"),
        ("bash", "set -e; trap 'echo mine' EXIT; cd sub; export KEPT=1; false"),
        ("bash", "f() { trap 'echo mine # \\' 0; }; f; cd sub; export KEPT=1; exit 3"),
        ("bash", "trap 'echo mine; exit $?' EXIT; cd sub; export KEPT=1; exit 3"),
        ("bash", "set -e; trap 'echo mine $?; false; echo no' EXIT; cd sub; export KEPT=1; (exit 4)"),
        ("bash", "set -o posix; cd sub; export KEPT=1; echo mine"),
        ("bash", "set -euo pipefail; cd sub; set -a; KEPT=1; echo mine; echo $nothing"),
        ("bash", "cd sub; IFS=/; export KEPT=1; set -o noclobber; echo mine"),
        ("zsh", "set -e; cd sub; export KEPT=1; echo mine; false"),
        ("zsh", "trap 'echo mine; cd sub' EXIT; export KEPT=1"),
        ("zsh", "zshexit_functions=(); zshexit() { echo mine; }; cd sub; export KEPT=1"),
        ("zsh", "TRAPEXIT() { echo mine; }; cd sub; export KEPT=1"),
        ("zsh", "setopt ksh_arrays no_unset sh_word_split no_clobber; cd sub; export KEPT=1; echo mine"),
    ],
)
def test_endings_of_all_kinds(name: str, text: str, folder: Path, sub: Path) -> None:
    """The text means what it means without hitl, and what it leaves is known."""
    shell = shell_of(name, folder)
    plain = subprocess.run(
        [shell.program, "-c", text], cwd=folder, env=dict(shell.variables), capture_output=True, check=False
    )
    (result,) = each(shell, text)
    assert result.exit_status == plain.returncode
    assert result.output == (plain.stdout + plain.stderr).decode()
    assert result.output.count("mine") == 1
    assert (shell.folder, shell.variables["KEPT"]) == (sub, "1")
    assert result.notes == ()


@pytest.mark.parametrize(
    "text",
    [
        "set -x; cd sub",
        "set -x; trap 'echo bye' EXIT; trap -p; trap; echo \"$(trap)\"",
        "exec 3>&1; BASH_XTRACEFD=3; set -x; cd sub",
        "trap 'echo a; (exit 7)' EXIT USR1; kill -USR1 $$; trap - EXIT; trap -p; exit 4",
        "set -u; trap \"echo 'it'\\''s' \\$?\" EXIT; (trap 'echo inner' EXIT; exit 5)",
        "trap 'exit 9' EXIT; trap -p; exit 3",
        "exit() { echo mine; }; trap '# nothing' EXIT; trap; trap '' EXIT; trap -p",
        "trap 'echo e' ERR EXIT; false; declare -F",
        "set -- a b; trap '' EXIT; echo $# $1 ${FUNCNAME-none}",
        "ulimit -f 0; cd sub",
        "exec 2>&1 1>&- 0<&-; umask 777",
    ],
)
def test_nothing_of_the_hook_is_seen(text: str, folder: Path, sub: Path) -> None:
    """Traces and lists of traps show what they show without hitl."""
    shell = shell_of("bash", folder)
    plain = subprocess.run(
        [shell.program, "-c", text],
        cwd=folder,
        env=dict(shell.variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    (result,) = each(shell, text)
    assert result.output.replace("declare -fr __hitl_leave\n", "") == plain.stdout
    assert result.exit_status == plain.returncode


def test_variables_that_change_how_bash_starts(folder: Path, sub: Path) -> None:
    """POSIXLY_CORRECT, an exported xtrace and a BASH_ENV with a trap keep their meaning, and hide nothing."""
    posix = shell_of("bash", folder, POSIXLY_CORRECT="mine")
    first, second = each(posix, "set -o | grep posix; cd sub", "echo $POSIXLY_CORRECT")
    assert first.output == "posix          \ton\n"
    assert second.output == "mine\n"
    assert posix.folder == sub

    traced = shell_of("bash", folder, SHELLOPTS="braceexpand:hashall:interactive-comments:xtrace")
    (result,) = each(traced, "cd sub")
    assert result.output == "+ cd sub\n"
    assert traced.folder == sub

    script = folder / "bash_env"
    script.write_text("trap 'echo at the end' EXIT; cd sub\n")
    own = shell_of("bash", folder, BASH_ENV=str(script))
    first, second = each(own, "echo $BASH_ENV", "trap 'echo in its place' EXIT")
    assert first.output == f"{script}\nat the end\n"
    assert (
        second.output
        == f"{script.parent}/bash_env: line 1: cd: sub: No such file or directory\nin its place\n"
    )
    assert own.folder == sub


def test_a_zshenv_with_exit_functions(folder: Path, sub: Path) -> None:
    """Those of the person still run, and what the command left is known."""
    (folder / ".zshenv").write_text(
        "zshexit_functions=(mine); mine() { echo mine }\ntrap 'echo trapped' EXIT\nsetopt no_unset\n"
    )
    shell = shell_of("zsh", folder, ZDOTDIR=str(folder))
    first, second = each(shell, "cd sub; export KEPT=1", "pwd; echo $KEPT $ZDOTDIR")
    assert first.output == "trapped\nmine\n"
    assert second.output == f"{sub}\n1 {folder}\ntrapped\nmine\n"


@pytest.mark.parametrize("name", ["dash", "ksh", "mksh"])
def test_a_shell_that_reports_nothing_is_named_once(name: str, folder: Path, sub: Path) -> None:
    """The next command starts where this one did, and one note says so."""
    first, second = each(shell_of(name, folder), "cd sub", "pwd")
    assert first.notes == (f"{NO_REPORT}; the next command starts in {folder} as before",)
    assert second.output == f"{folder}\n"
    assert second.notes == ()


@pytest.mark.parametrize(
    "text", ["exec true", "kill -9 $$", "builtin trap 'exit 3' EXIT", "pwd() { false; }; readonly -f pwd"]
)
def test_an_ending_without_a_report_is_told_each_time(text: str, folder: Path, sub: Path) -> None:
    """Where a shell could have reported, and did not, every command says so."""
    for result in each(shell_of("bash", folder), text, text):
        assert NO_REPORT in result.notes[0]


def test_prompts_that_bash_removes_are_no_change(folder: Path) -> None:
    """A bash that runs one command has no prompts, and does not export those that it was given."""
    shell = shell_of("bash", folder, PS1="$ ", PS2="> ")
    each(shell, "cd /")
    assert (shell.folder, shell.variables["PS1"], shell.changed_names) == (Path("/"), "$ ", ())


def test_a_folder_that_is_gone_and_variables_that_cannot_be_kept(folder: Path, sub: Path) -> None:
    """The variables still count, the folder stays the one before; what is too long is named."""
    shell = shell_of("bash", folder)
    (result,) = each(shell, "cd sub; rmdir ../sub; export KEPT=1 LONG=$(printf %070000d 1)")
    assert shell.folder == folder
    assert shell.variables["KEPT"] == "1"
    assert result.notes == (
        f"the command's last folder no longer exists; the next command starts in {folder}",
        "not passed to the next command (too long, or invalid name): LONG",
    )


def test_a_folder_without_a_name_in_unicode(folder: Path) -> None:
    """It is inherited, and a note about it can be sent to a model."""
    shell = shell_of("bash", folder)
    _, second, third = each(shell, "mkdir $'\\377'; cd $'\\377'", "pwd", "exec true")
    assert shell.folder == folder / "\udcff"
    assert second.exit_status == 0
    assert third.notes == (f"{NO_REPORT}; the next command starts in {folder}/\\xff as before",)


@pytest.mark.parametrize("command", ["mkfifo", "ln -s /dev/zero"])
def test_a_report_that_is_no_file_is_not_waited_for(command: str, folder: Path) -> None:
    """A command that puts something else in the place of the report cannot hold the program up."""
    text = "trap -p EXIT | grep -q leave; f=$(dirname \"$(declare -f __hitl_leave | grep -o '/[^ ]*/state')\")/state"
    (result,) = each(shell_of("bash", folder), f'{text}; {command} "$f"; echo "$f"; kill -9 $$')
    assert result.output.endswith("/state\n")
    assert NO_REPORT in result.notes[0]


GIVEN = {"HOME": "/home/me", "BASH_FUNC_f%%": "() { :; }", "LD_LIBRARY_PATH": "/mine", "SHLVL": "1"}


@given(st.binary(max_size=400))
def test_any_report_is_data(report: bytes) -> None:
    """Whatever bytes come as a report: nothing but valid variables and a folder that is there, or nothing at all."""
    found = read_report(report + b"\0", GIVEN)
    if found is not None:
        assert found.folder is None or found.folder.is_absolute()
        assert {**found.variables, **{name: GIVEN[name] for name in list(GIVEN)[1:]}} == found.variables
        assert all(name in GIVEN or name.isidentifier() for name in found.variables)
        assert not any("\0" in value for value in found.variables.values())


def test_a_report_is_bounded() -> None:
    """One that was cut short, or is far too long, counts as none."""
    environment = b"/\n\0A=1\0"
    assert read_report(environment, GIVEN) is not None
    assert read_report(environment[:-1], GIVEN) is None
    assert read_report(environment + b"B=" + b"x" * 2**20 + b"\0", GIVEN) is None
    assert os.fsencode(str(read_report(b"relative\n\0A=1\0", GIVEN).folder)) == b"None"  # type: ignore[union-attr]


@pytest.mark.parametrize("group", [*INFLUENTIAL, LOADERS], ids=lambda group: group.reason)
def test_the_documentation_lists_what_matters(group: Group) -> None:
    """Each variable of the lists stands in docs/variables.md, in the row of its reason."""
    documentation = (Path(__file__).parents[2] / "docs" / "variables.md").read_text()
    (row,) = (line for line in documentation.split("\n") if line.startswith(f"| {group.reason} |"))
    listed = [each.strip("`") for each in row.split("|")[2].split()]
    assert listed == [
        *group.names.split(),
        *(f"{each}*" for each in group.prefixes.split()),
        *(f"*{each}" for each in group.suffixes.split()),
    ]


def test_long_values_are_cut_around_what_differs(folder: Path) -> None:
    """What was put before, after or into a long value is seen, and a secret in it is not."""
    path = ":".join(f"/opt/package-{number}/bin" for number in range(20))
    shell = shell_of("bash", folder, PATH=f"{path}:/usr/bin", GIT_URL="https://me:hunter22@example.org/")
    results = each(
        shell,
        'export PATH="/evil:$PATH"',
        'export PATH="$PATH:/late"',
        'export PATH="${PATH/package-7/other}"',
        "export GIT_URL=https://me:swordfish22@example.org/; export GIT_LONG=$(printf %05000d 1)",
        "unset GIT_LONG; export GIT_EMPTY=",
    )
    assert [[str(change) for change in result.changed] for result in results[:3]] == [
        ["PATH: /opt/package-0/bi... → /evil:/opt/package-0/bi..."],
        ["PATH: ...-19/bin:/usr/bin → ...-19/bin:/usr/bin:/late"],
        [
            "PATH: ...kage-6/bin:/opt/package-7/bin:/opt/packag... → ...kage-6/bin:/opt/other/bin:/opt/packag..."
        ],
    ]
    long, url = map(str, results[3].changed)
    assert long == "GIT_LONG: not set → '(5,000 characters)'"
    assert "hunter22" not in url
    assert "swordfish22" not in url
    assert [str(change) for change in results[4].changed] == [
        "GIT_EMPTY: not set → ''",
        "GIT_LONG: '(5,000 characters)' → not set",
    ]
