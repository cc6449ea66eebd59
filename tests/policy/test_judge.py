"""The verdict on a command: its parts, the rule or the reason, and what holds whatever the rules say."""

from dataclasses import replace

import pytest

from hitl_cli.policy import judge as judge_module
from hitl_cli.policy.judge import Policy, Surroundings, Verdict, judge
from hitl_cli.policy.rules import Decision, InvalidRuleError, Rule
from tests.policy.helpers import FOLDER, around, judged, rule


def verdict(command: str, *rules: Rule, reads: bool = False, at: Surroundings | None = None) -> Verdict:
    """Return the verdict under these rules."""
    return judge(command, Policy(rules, reads), at or around())


def test_a_verdict_names_each_part_and_its_rule() -> None:
    """Each command of a compound has its own verdict, with the rule or why there is none."""
    found = judged("git status -s && ls | wc -l", "git status*", "ls*")
    assert found.decision is Decision.ASK
    assert [(each.arguments, each.decision.value, str(each.rule)) for each in found.parts] == [
        (("git", "status", "-s"), "allow", "git status*"),
        (("ls",), "allow", "ls*"),
        (("wc", "-l"), "ask", "None"),
    ]
    assert found.why == "no rule allows wc -l"


def test_deny_beats_ask_beats_allow() -> None:
    """Whatever the order of the rules."""
    rules = [
        rule("git push*", Decision.DENY, reason="a person pushes"),
        rule("git*", Decision.ASK),
        rule("git add*"),
    ]
    for order in (rules, rules[::-1]):
        assert verdict("git push", *order).decision is Decision.DENY
        assert verdict("git push", *order).why == "a person pushes"
        assert verdict("git add x", *order).decision is Decision.ASK
        assert verdict("git add x", *order).rule == rules[1]


@pytest.mark.parametrize(
    "command",
    [
        "rm -rf x", "rm -fr x", "rm -r -f x", "rm --recursive --force x", "rm --rec --fo x",
        "rm -vfR x", "/bin/rm -rf x",
        "\\rm -rf x", "'r'm -rf x", "RM -rf x", "sudo rm -rf x", "env A=1 rm -rf x",
        "timeout 5 rm -rf x", "nohup rm -rf x",
        "bash -c 'rm -rf x'", "sh -ec 'ls; rm -rf x'", "eval rm -rf x",
        "find . -exec rm -rf {} +", "ls | xargs rm -rf",
        "echo $(rm -rf x)", "ls; rm -rf x", "(rm -rf x)", "{ rm -rf x; }", "if true; then rm -rf x; fi", "rm -rf x &",
        "f() { rm -rf x; }", "cat <(rm -rf x)", "! rm -rf x", "A=1 rm -rf x", "rm -rf $x",
        "watch rm -rf x", "rm x -rf",
        "su -c 'rm -rf x'", "command rm -rf x", "nice -n 5 sudo -u me rm -rf x",
        'echo "$(rm -rf x)"', "rm -rf x <<< y",
    ],
)  # fmt: skip
def test_a_deny_rule_is_not_talked_round(command: str) -> None:
    """The order and form of options, folders, wrappers, quotes and syntax around it make no difference."""
    assert verdict(command, rule("rm -rf*", Decision.DENY)).decision is Decision.DENY


@pytest.mark.parametrize(
    "command", ["rm x", "rm -r x", "echo rm -rf x", "grep 'rm -rf' f", "git rm -rf x", "ls -rf"]
)
def test_a_deny_rule_does_not_deny_other_commands(command: str) -> None:
    """What only mentions the command, or lacks an option, is no hit."""
    assert verdict(command, rule("rm -rf*", Decision.DENY)).decision is Decision.ASK


@pytest.mark.parametrize(
    "command", ["rm -rf 'x", "rm -rf x; fi", "rm -rf x" + " y" * 6000, "a;" * 60 + "rm -rf x"]
)
def test_what_cannot_be_read_is_asked_about_and_not_denied(command: str) -> None:
    """A text that is no valid shell, or too long, is a question whatever the rules are."""
    found = verdict(command, rule("rm -rf*", Decision.DENY), rule("a"))
    assert found.decision in (Decision.ASK, Decision.DENY)
    assert verdict(command, rule("rm*", writes=("build",)), rule("a")).decision is Decision.ASK


def test_an_error_in_the_judge_is_a_question() -> None:
    """Not an allow, not a deny, and not a crash."""

    def fails(_: str) -> str | None:
        raise RuntimeError

    found = verdict("ls", rule("ls*"), at=replace(around(), name_doubt=fails))
    assert found.decision is Decision.ASK
    assert judge_module.judge("ls", Policy((rule("ls*"),)), around()).decision is Decision.ALLOW


def test_a_destructive_command_is_asked_about_whatever_the_rules_say() -> None:
    """A rule that allows it, even by its exact text, does not make it run by itself."""
    found = verdict("rm -rf ~", rule("rm -rf ~", writes=("~/x",)))
    assert found.decision is Decision.ASK
    assert found.is_destructive


def test_a_rule_says_where_a_command_may_write() -> None:
    """What writes is allowed only by a rule with `writes`; the verdict has the absolute paths for the fence."""
    assert verdict("touch build/x", rule("touch*")).decision is Decision.ASK
    found = verdict("touch build/x", rule("touch*", writes=("./build", "~/cache", "/tmp/x")))
    assert found.decision is Decision.ALLOW
    assert found.writes == (f"{FOLDER}/build", "/home/me/cache", "/tmp/x")
    build = rule("touch*", writes=("./build",))
    for elsewhere in ("touch x", "touch build/../x", "touch ../build/x", "touch ~/x", "touch /etc/x"):
        assert verdict(elsewhere, build).decision is Decision.ASK, elsewhere
    assert verdict("git add x", rule("git add*", writes=(".git",))).decision is Decision.ALLOW


def test_no_part_hides_what_another_part_does() -> None:
    """Neither many notes nor the same note about an allowed part make a later part pass."""
    many = "; ".join(f"touch build/{n}" for n in range(30))
    rules = (rule("touch*", writes=("build",)), rule("cat*"), rule("head ~/.ssh/id_rsa"))
    assert verdict(many, *rules).decision is Decision.ALLOW
    assert verdict(f"{many}; cat ~/.ssh/id_rsa", *rules).decision is Decision.ASK
    exact = rule("head /home/me/.ssh/id_rsa")
    assert verdict("head ~/.ssh/id_rsa", exact).decision is Decision.ALLOW
    assert verdict("head ~/.ssh/id_rsa; cat ~/.ssh/id_rsa", exact, rule("cat*")).decision is Decision.ASK


def test_a_rule_says_whether_a_command_may_use_the_network() -> None:
    """What reaches the network is allowed only by a rule with `network`, and then not beside what reads."""
    assert verdict("curl -s https://a.b", rule("curl -s*")).decision is Decision.ASK
    curl = rule("curl -s https://a.b/**", network=True)
    found = verdict("curl -s https://a.b/c", curl)
    assert (found.decision, found.network, found.writes) == (Decision.ALLOW, True, ())
    assert verdict("cat x | curl -s https://a.b/c", rule("cat*"), curl).decision is Decision.ASK
    assert verdict("curl -s https://a.b/c -o x", replace(curl, open_ended=True)).decision is Decision.ASK


def test_what_a_rule_spells_out_is_allowed_and_what_it_leaves_open_must_be_harmless() -> None:
    """The tables of options only restrict the open part of a rule."""
    assert verdict("sort -u f", rule("sort*")).decision is Decision.ALLOW
    assert verdict("sort -o out f", rule("sort*")).decision is Decision.ASK
    assert verdict("sort -o out f", rule("sort -o out*", writes=("out",))).decision is Decision.ALLOW
    assert verdict("npm run build", rule("npm run build")).decision is Decision.ALLOW
    assert verdict("npm run build --prefix x", rule("npm run build*")).decision is Decision.ASK


def test_options_of_a_program_that_the_judge_does_not_know() -> None:
    """What looks as if it may write or run something has to be spelled out."""
    assert judged("mytool check -v --strict src", "mytool check*").decision is Decision.ALLOW
    for option in ("--output=x", "-o x", "--exec x", "--config=x", "-e x", "--plugin x", "--pager=x", "-i"):
        assert judged(f"mytool check {option}", "mytool check*").decision is Decision.ASK, option
    assert (
        judged("mytool check --config x.ini src", "mytool check --config x.ini*").decision is Decision.ALLOW
    )


def test_globs_and_options() -> None:
    """The name of a file can be an option: a bare glob is allowed only where no option does harm."""
    assert judged("ls *.py", "ls*").decision is Decision.ALLOW
    assert judged("sort *.txt", "sort*").decision is Decision.ASK
    assert judged("sort ./*.txt", "sort*").decision is Decision.ALLOW
    assert judged("sort -*", "sort*").decision is Decision.ASK
    assert judged("mytool *", "mytool*").decision is Decision.ASK


def test_reads_are_allowed_by_one_setting() -> None:
    """Commands that only read need no rule then; everything else does."""
    for command in (
        "git log -p",
        "ls | wc -l",
        "find . -name '*.py'",
        "ps aux | grep x | head",
        "docker ps",
        "jq . a.json",
    ):
        assert judged(command).decision is Decision.ASK, command
        found = judged(command, reads=True)
        assert found.decision is Decision.ALLOW, command
        assert all(part.only_reads for part in found.parts)
    for command in (
        "touch x",
        "ls > x",
        "mytool",
        "cat ~/.ssh/id_rsa",
        "env",
        "./ls",
        "/tmp/ls",
        "cd x",
        "git fetch",
    ):
        assert judged(command, reads=True).decision is Decision.ASK, command


def test_near_misses_say_why_a_rule_does_not_match() -> None:
    """A rule for the same program is named, with the word that is in the way."""
    found = judged("git log --output=x", "git log*", "git status*")
    near = {str(each.rule): each.why for each in found.parts[0].near}
    assert near == {
        "git log*": "--output=x can write files",
        "git status*": "it needs status, not log",
    }


def test_a_rule_holds_in_its_folder() -> None:
    """In that folder and below, not elsewhere, and not after a change of the folder."""
    here = rule("mytool*", folder=f"{FOLDER}/a")
    assert verdict("mytool", here, at=replace(around(), folder=f"{FOLDER}/a/b")).decision is Decision.ALLOW
    assert verdict("mytool", here, at=replace(around(), folder=f"{FOLDER}/ab")).decision is Decision.ASK
    assert (
        verdict("cd .. && mytool", here, rule("cd*"), at=replace(around(), folder=f"{FOLDER}/a")).decision
        is Decision.ASK
    )


@pytest.mark.parametrize("command", ["cd x && git status", "pushd x; git log", "cd /tmp && ls && git diff"])
def test_git_after_a_change_of_the_folder_is_asked_about(command: str) -> None:
    """The other folder may be a repository whose settings run a program."""
    patterns = ("cd*", "pushd*", "ls*", "git status*", "git log*", "git diff*")
    assert judged(command, *patterns).decision is Decision.ASK


@pytest.mark.parametrize(
    ("shell", "command", "decision"),
    [
        ("fish", "git status -s", Decision.ALLOW),
        ("fish", "ls 'a b' | wc -l", Decision.ALLOW),
        ("fish", "ls *.py", Decision.ASK),
        ("fish", "ls a\\ b", Decision.ASK),
        ("fish", "ls 2>/dev/null", Decision.ASK),
        ("fish", "ls 'a\\'b'", Decision.ASK),
        ("fish", "ls {a,b}", Decision.ASK),
        ("tcsh", "ls 'a!b'", Decision.ASK),
        ("tcsh", "ls # a", Decision.ASK),
        ("zsh", "ls =ls", Decision.ASK),
        ("zsh", "ls a=b", Decision.ALLOW),
        ("zsh", "ls *(e:'x':)", Decision.ASK),
        ("zsh", "ls ^x", Decision.ALLOW),
        ("zsh", "sort ^x", Decision.ASK),
        ("sh", "ls {a,b}", Decision.ASK),
        ("sh", "ls &>/dev/null", Decision.ASK),
        ("nu", "ls", Decision.ASK),
        ("pwsh", "ls", Decision.ASK),
    ],
)
def test_shells_that_read_a_command_differently(shell: str, command: str, decision: Decision) -> None:
    """Only what the person's shell reads as bash does is allowed."""
    assert judged(command, "git status*", "ls*", "wc*", "sort*", shell=shell).decision is decision


@pytest.mark.parametrize(
    "command", ["", " ", "\n", "#", "# ls", ";", "&&", "|", "'", "ls |", "\\", "ls \\", "\x00", "ls\x00"]
)
def test_texts_without_a_command_are_asked_about(command: str) -> None:
    """Nothing, half a command, or a control character."""
    assert judged(command, "ls*", reads=True).decision is Decision.ASK


@pytest.mark.parametrize(
    "command",
    [
        "printf {v}</etc/hostname -v 'a[$(touch x)]' y", "sort {fd}<x -o y", "ls {fd}<x", "ls >/dev/null {a[0]}<x",
        "ip link s lo up", "ip l s up", "lspci -q", "lspci -Q", "lspci -O dump.name=x", "ack --output=x y",
        "yarn --version", "pnpm --version", "cargo --version", "rustc --version", "go version",
        "cat .e*", "cat .en?", "cat .[e]nv", "cat .env.*", "cat sub/.??*", "head -1 id_rs?",
    ],
)  # fmt: skip
def test_what_only_looks_like_reading_is_asked_about(command: str) -> None:
    """A word that belongs to a redirection, abbreviations that set, a project's own program, globs of secrets."""
    patterns = ("cat*", "ls*", "head*", "printf*", "sort*")
    assert judged(command, *patterns, reads=True).decision is Decision.ASK


@pytest.mark.parametrize(
    "command", ["cat *", "cat s*", "ls src/*.py", "cat .git*", "ip link show lo", "lspci -v"]
)
def test_what_only_reads_is_still_allowed(command: str) -> None:
    """The neighbours of what is asked about."""
    assert judged(command, reads=True).decision is Decision.ALLOW


@pytest.mark.parametrize(
    ("command", "allowed"),
    [
        ("LC_ALL=C NO_COLOR=1 ls", True),
        ("GIT_PAGER=cat git log", True),
        ("env TZ=UTC ls", True),
        ("LC_ALL=./x ls", False),
        ("PAGER=./cat ls", False),
        ("LC_ALL=C", False),
        ("LC_ALL=C; ls", False),
        ("NODE_OPTIONS=1 ls", False),
        ("LC_ALL=C A=1 ls", False),
        ("LC_ALL=C>x ls", False),
        ("LC_ALL=C$x ls", False),
        ("LC_ALL[0]=C ls", False),
        ("LC_ALL+=C ls", False),
    ],
)
def test_variables_that_change_nothing_may_be_set(command: str, allowed: bool) -> None:
    """A few, with values that name no file; all others are a question."""
    assert judged(command, "ls*", "git log*").is_allowed is allowed
    if "=" in command.split()[0]:
        assert not judged(command, "ls*", "git log*", shell="fish").is_allowed


@pytest.mark.parametrize(
    ("command", "argument"),
    [
        ("ls $HOME", "/home/me"), ("ls ${HOME}", "/home/me"), ('ls "$HOME"', "/home/me"),
        ('ls "$HOME/a b"', "/home/me/a b"), ("ls $HOME/'a b'", "/home/me/a b"), ('ls "$HOME"/x', "/home/me/x"),
        ("ls '$HOME'", "$HOME"), ("ls \\$HOME", "$HOME"),
        ("ls $HOMES", None), ("ls $$HOME", None), ("ls $HOME$x", None), ("ls $HOME[1]", None), ("ls $HOME:h", None),
        ('ls "$HOME:h"', None), ('ls "${HOME%x}"', None), ("ls ${HOME:-x}", None), ("ls x$HOME", None),
        ('ls "$HOME$(ls)"', None), ("ls $HOME`ls`", None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("shell", ["bash", "zsh", "dash"])
def test_the_home_folder_is_a_known_variable(command: str, argument: str | None, shell: str) -> None:
    """And nothing that only begins like it; the argument is what the shell makes of it."""
    found = judged(command, "ls*", shell=shell)
    assert found.is_allowed is (argument is not None)
    if argument is not None:
        assert found.parts[0].arguments == ("ls", argument)
    assert judged('cat "$HOME/.ssh/id_rsa"', "cat*", shell=shell).decision is Decision.ASK


def test_the_exit_status_is_a_number_and_no_known_word() -> None:
    """It can be printed, and matches no word of a rule."""
    assert judged('ls; echo $?; echo "exit: $?"', "ls*", "echo*").is_allowed
    for command in ("kill $?", "head -$?", 'head "-$?"', 'echo "$?$x"', "echo $?x", 'cat "/proc/$?/environ"'):
        assert not judged(command, "kill 0", "head*", "echo*", "cat*").is_allowed, command


@pytest.mark.parametrize(
    ("command", "allowed"),
    [
        ("find . -name '*.py' -exec wc -l {} +", True),
        ("find . -name '*.py' -exec grep -l x {} \\;", True),
        ("find . -name x -exec wc -l {} + -exec grep y {} \\;", True),
        ("find . -name x -exec sort {} +", False),
        ("find . -name x -exec wc {} + -delete", False),
        ("find . -name x -execdir wc {} +", False),
        ("find . -name x -exec wc + {} -fprint x \\;", False),
        ("find . -name x -exec sort + -o x \\;", False),
        ("find . -name x -exec wc {} ';' -exec touch {} ';'", False),
        ("find . -name x -exec $x {} +", False),
        ("find . -name x -exec wc", False),
        ("find . -name x -ok wc {} \\;", False),
    ],
)
def test_what_find_runs_needs_a_rule_of_its_own(command: str, allowed: bool) -> None:
    """As it would without find; and find itself must only find."""
    rules = ("find . -name*", "wc*", "grep*")
    assert judged(command, *rules).is_allowed is allowed
    assert not judged(command, "find . -name*").is_allowed


def test_what_the_network_prints_may_be_read() -> None:
    """A part that may use the network, and parts that only read its output; nothing may flow the other way."""
    rules = (rule("kubectl get*", network=True), rule("grep*"), rule("cat*"), rule("mytool*"))
    assert verdict("kubectl get pods | grep x", *rules).network
    for other in ("cat x; kubectl get pods", "cat x | kubectl get -f -", "kubectl get pods; cat x",
                  "kubectl get pods | mytool"):  # fmt: skip
        assert verdict(other, *rules).decision is Decision.ASK, other


def test_a_path_after_a_change_of_the_folder_can_be_a_secret() -> None:
    """Both folders count, because the change may fail."""
    for command in ("cd ~/.aws && cat config", "cd ..; cd .aws; cat config", "pushd ~; cat .aws/config"):
        assert judged(command, "cd*", "cat*", "pushd*").decision is Decision.ASK, command
    assert judged("cd ~/x && cat config", "cd*", "cat*").is_allowed


@pytest.mark.parametrize("path", ["/", "~", "/etc", "/home", "/usr/", "~/x/.."])
def test_no_rule_writes_everywhere(path: str) -> None:
    """Neither in the whole system nor in a home, as the rule names it or where the command runs."""
    with pytest.raises(InvalidRuleError, match="name a folder below it"):
        rule("touch*", writes=(path,))
    here = replace(around(), folder="/home/me")
    assert verdict("touch x", rule("touch*", writes=("x", "."))).is_allowed
    assert "everywhere in the home folder" in verdict("touch x", rule("touch*", writes=(".",)), at=here).why


def test_only_the_rules_for_a_program_are_looked_at() -> None:
    """In their order, by the name without its folder and its case."""
    policy = Policy((rule("a x*"), rule("RM*", Decision.DENY), rule("b*"), rule("/opt/rm")))
    assert [str(each) for each in policy.rules_for("/bin/rm")] == ["RM*", "/opt/rm"]
