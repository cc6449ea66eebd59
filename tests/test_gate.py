"""The gate: only an approved text runs, and only once, whatever kind of person decides."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitl_cli.decisions import Answer, Decider, Decision, Refuse, Reject, Run
from hitl_cli.errors import NotApprovedError, UndecidedError
from hitl_cli.gate import Approval, Gate
from hitl_cli.policy.judge import Policy, judge
from hitl_cli.requests import Alternative, CommandRequest, Delegation
from hitl_cli.text.visible import shown_form
from tests.journal.launcher import launch

TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\t\n"), min_size=1)


def asked(*requests: str) -> Gate:
    """Return a gate at which these requests are open."""
    gate = Gate()
    for request in requests:
        assert gate.open(CommandRequest(request, "ls")) is None
    return gate


def approve(gate: Gate, request: str, command: str, shown: str | None = None) -> Approval | None:
    """Decide at `gate` to run `command`, having seen it, or `shown` in its place."""
    decision = Run(request, command, shown_form(command if shown is None else shown))
    return gate.decide(decision, Decider.PERSON)


def test_an_approval_is_used_once() -> None:
    """The text that was approved runs, though another one was proposed, and runs once."""
    gate = asked("1")
    assert approve(gate, "1", "ls -a") == Approval("1", "ls -a")
    assert gate.unused == (Approval("1", "ls -a"),)
    assert gate.use("1", "ls -a") == Approval("1", "ls -a")
    assert not gate.unused
    with pytest.raises(NotApprovedError, match="again; it ran only once"):
        gate.use("1", "ls -a")


def test_a_request_that_was_never_asked_about_cannot_be_approved() -> None:
    """Another one being open makes no difference."""
    with pytest.raises(UndecidedError, match="not open"):
        approve(asked("1"), "2", "ls")


def test_one_decision_answers_a_request() -> None:
    """After an approval or another answer there is no second one."""
    gate = asked("1", "2")
    approve(gate, "1", "ls")
    assert gate.decide(Reject("2", "no"), Decider.PERSON) is None
    for request in ("1", "2"):
        with pytest.raises(UndecidedError, match="not open"):
            approve(gate, request, "rm x")
    with pytest.raises(NotApprovedError):
        gate.use("1", "rm x")
    gate.use("1", "ls")
    with pytest.raises(UndecidedError, match="decided before"):
        gate.open(CommandRequest("1", "ls"))


@pytest.mark.parametrize(
    ("decision", "by"),
    [
        (Run("1", "ls", "ls"), Decider.PROGRAM),
        (Reject("1"), Decider.PROGRAM),
        (Answer("1", "two files"), Decider.PROGRAM),
        (Refuse("1", "no"), Decider.PERSON),
    ],
)
def test_each_decision_is_taken_by_whom_it_is_theirs(decision: Decision, by: Decider) -> None:
    """The program approves, rejects and answers nothing; a person does not refuse in its name."""
    gate = asked("1")
    with pytest.raises(UndecidedError, match="Only"):
        gate.decide(decision, by)
    assert not gate.unused
    assert approve(gate, "1", "ls") == Approval("1", "ls")  # the request is still open
    assert gate.unused == (Approval("1", "ls"),)


@pytest.mark.parametrize("decision", [Reject("1"), Answer("1", "two files"), Run("1", "ls", "ls")])
def test_a_refused_request_takes_no_other_decision(decision: Decision) -> None:
    """What was not offered to a person cannot be decided by one afterwards."""
    gate = Gate()
    refused = gate.open(CommandRequest("1", "a\0b"))
    assert refused is not None
    assert gate.decide(refused, Decider.PROGRAM) is None
    with pytest.raises(UndecidedError, match="not open"):
        gate.decide(decision, Decider.PERSON)


@pytest.mark.parametrize("other", [("2", "ls"), ("1", "ls "), ("1", "LS"), (None, "ls")])
def test_an_approval_is_for_one_request_and_one_text(other: tuple[str | None, str]) -> None:
    """What fits neither is not run, and does not use it up."""
    gate = asked("1", "2")
    approve(gate, "1", "ls")
    with pytest.raises(NotApprovedError, match="nobody approved"):
        gate.use(*other)
    gate.use("1", "ls")


def test_an_approval_can_be_withdrawn() -> None:
    """Then nothing runs, and there is nothing left to withdraw."""
    gate = asked("1")
    approve(gate, "1", "ls")
    assert gate.withdraw("1") == "ls"
    assert gate.withdraw("1") is None
    with pytest.raises(NotApprovedError):
        gate.use("1", "ls")


@pytest.mark.parametrize(
    "text", ["a\0b", "a\x1b[31m", "a\rb", "a\x7f", "a\x9b", "a\udcff", "", " \n", "a" * 16_385]
)
def test_a_text_that_may_not_be_offered_cannot_be_approved(text: str) -> None:
    """Control characters, broken text, nothing at all and too much of it: also when a person put it there."""
    refused = Gate().open(CommandRequest("1", text))
    assert refused is not None
    assert refused.request_id == "1"
    gate = asked("1")
    with pytest.raises(UndecidedError, match="refused"):
        approve(gate, "1", text)
    approve(gate, "1", "ls")  # the request is still open


def test_a_gap_must_be_filled() -> None:
    """A command of the catalogue does not run with the name of a slot in it."""
    gate = Gate()
    proposal = CommandRequest(
        "1", "kill {{pid}}", (Alternative("kill {{pid}}", "end it", "script", changes=True, gaps=("pid",)),)
    )
    gate.open(proposal)
    with pytest.raises(UndecidedError, match="needs pid"):
        approve(gate, "1", "kill {{pid}}")
    approve(gate, "1", "kill 7")


@given(shown=TEXT, approved=TEXT, run=TEXT)
def test_only_what_was_shown_and_approved_runs(shown: str, approved: str, run: str) -> None:
    """For any three texts: what the screen held, what the decision says, and what the workflow wants to run."""
    gate = asked("1")
    ran = False
    with contextlib.suppress(UndecidedError, NotApprovedError):
        approve(gate, "1", approved, shown)
        gate.use("1", run)
        ran = True
    assert ran == (shown == approved == run and bool(run.strip()) and len(run) <= 16_384)


@pytest.mark.parametrize("workflow", ["agent", pytest.param("custom", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "person",
    [
        "saw another text",
        "saw nothing",
        "adds a control character",
        "adds broken text",
        "leaves nothing",
        "answers another request",
        "refuses as the program does",
    ],
)
def test_no_person_can_run_what_they_were_not_shown(tmp_path: Path, workflow: str, person: str) -> None:
    """Whatever decides in the person's place: nothing runs, and the question is kept for somebody else."""
    folder = tmp_path / "work"
    folder.mkdir()
    script = [["echo ran $$ >> effects"]]
    assert launch(tmp_path, folder, ["run", workflow, "x"], script, person=person) == 75
    assert not (folder / "effects").exists()
    assert "Nothing ran. The question is saved. Continue with: hitl resume" in (
        tmp_path / "output"
    ).read_text().replace("\n", " ")
    assert launch(tmp_path, folder, ["resume"], script) == 0
    assert (folder / "effects").read_text().count("ran") == 1


def test_one_decision_does_not_answer_the_next_request(tmp_path: Path) -> None:
    """Whatever decides in the person's place, and says again what it said before: the second command does not run."""
    folder = tmp_path / "work"
    folder.mkdir()
    script = [["echo one $$ >> effects"], ["echo two $$ >> effects"]]
    person = "decides the first request again"
    assert launch(tmp_path, folder, ["run", "agent", "x"], script, person=person) == 75
    assert (folder / "effects").read_text().split()[::2] == ["one"]
    assert launch(tmp_path, folder, ["resume"], script) == 0
    assert (folder / "effects").read_text().split()[::2] == ["one", "two"]


@pytest.mark.parametrize("delegation", [None, Delegation(True, True, lambda command: "")])
@pytest.mark.parametrize("typed", ["", "yes", "destroy"])
def test_what_cannot_be_undone_needs_a_typed_word(typed: str, delegation: Delegation | None) -> None:
    """Also if it is an edit, and if the workflow runs it; a rule cannot approve it."""
    gate = Gate()
    request = CommandRequest(
        "1", "ls", delegation=delegation, judge=lambda text: judge(text, Policy(reads=True))
    )
    gate.open(request)
    run = Run("1", "rm -rf ~", shown_form("rm -rf ~"), confirmation=typed)
    with pytest.raises(UndecidedError):
        gate.decide(run, Decider.RULE)
    if typed == "destroy":
        gate.decide(run, Decider.PERSON)
        return
    with pytest.raises(UndecidedError, match="the word destroy was not typed"):
        gate.decide(run, Decider.PERSON)
    gate.decide(Run("1", "ls", "ls"), Decider.PERSON)
