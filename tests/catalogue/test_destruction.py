"""What is destroyed only if the request names it, and what the catalogue never destroys."""

import re
from pathlib import Path

import pytest

from hitl_cli.catalogue.destruction import NAMED
from hitl_cli.catalogue.entry import Entry, fill
from hitl_cli.catalogue.search import Catalogue
from hitl_cli.catalogue.workspace import Workspace
from hitl_cli.policy.judge import Policy, Surroundings, judge
from hitl_cli.requests import GAP
from tests.catalogue.score import REQUESTS


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """The bundled catalogue alone."""
    folder = tmp_path_factory.mktemp("catalogue")
    return Catalogue(folder, folder / "none.toml")


def is_destructive(command: str) -> bool:
    """Return whether the rules about commands say that this cannot be undone."""
    return judge(command, Policy(), Surroundings(folder="/home/p/work", home="/home/p")).is_destructive


UNNAMED = (REQUESTS / "destroys-unnamed.txt").read_text().splitlines()


@pytest.mark.parametrize(
    "requests", [UNNAMED[::4], pytest.param(UNNAMED, marks=pytest.mark.slow)], ids=["some", "all"]
)
def test_nothing_is_destroyed_that_is_not_named(
    catalogue: Catalogue, folder: Path, requests: list[str]
) -> None:
    """Neither first nor further down, whatever is in the folder."""
    (folder / ".git").mkdir()
    around = Workspace(folder)
    proposed = {each: catalogue.search(each, around).candidates for each in requests}
    wrong = {
        request: [each.command for each in found if is_destructive(each.command)]
        for request, found in proposed.items()
    }
    assert {request: found for request, found in wrong.items() if found} == {}


NAMED_ONES = {
    "delete the folder build": "rm -rIv -- build",
    "delete everything in the folder build": "rm -rIv -- build",
    "empty the file notes.txt": ": > notes.txt",
    "shred the file secret.txt": "shred -u -v -n 3 -- secret.txt",
    "kill process 4242": "kill 4242",
    "discard my changes in app.py": "git restore --staged --worktree -- app.py",
    "discard all uncommitted changes": "git reset --hard",
    "throw away the last commit": "git reset --hard HEAD~1",
    "delete the latest stash": "git stash drop",
    "delete the untracked files": "git clean -fd",
    "force delete the branch old-feature": "git branch -D old-feature",
    "delete the remote branch old-feature": "git push origin --delete old-feature",
    "remove the docker volume pgdata": "docker volume rm pgdata",
    "remove the compose project and its volumes": "docker compose down -v",
    "clean up unused docker data": "docker system prune",
    "delete the user bob": "sudo userdel bob",
    "reboot the machine": "sudo systemctl reboot",
    "copy /etc/hosts to hosts.bak": "cp -ip -- /etc/hosts hosts.bak",
    "back up /etc into etc.tar.gz": "tar -czf etc.tar.gz -- /etc",
    "move notes.txt to /opt/app": "mv -i -- notes.txt /opt/app/",
    "change the owner of report.txt to root": "sudo chown -v -- root report.txt",
}


def test_what_is_named_is_proposed(catalogue: Catalogue, folder: Path) -> None:
    """Also what cannot be undone; and a system file may be read."""
    around = Workspace(folder)
    first = {request: catalogue.search(request, around).candidates[:1] for request in NAMED_ONES}
    assert {request: found[0].command if found else "" for request, found in first.items()} == NAMED_ONES


def test_a_request_for_a_system_file_gets_the_reason(catalogue: Catalogue, folder: Path) -> None:
    """Not the next best match."""
    answer = catalogue.search("empty the file /etc/shadow", Workspace(folder))
    assert answer.candidates == answer.hints == ()
    assert "proposes no command that deletes or changes a system path" in answer.problem


def test_changes_are_put_aside_in_place_of_thrown_away(catalogue: Catalogue, folder: Path) -> None:
    """Where the request does not say which changes."""
    (folder / ".git").mkdir()
    answer = catalogue.search("throw away all my changes", Workspace(folder))
    assert answer.candidates[0].command == "git stash push"


def test_each_entry_that_destroys_has_a_slot_or_words_for_its_object(catalogue: Catalogue) -> None:
    """One that is added without either would never be proposed."""

    def example(entry: Entry) -> str:
        values = {name: slot.default or "thing" for name, slot in entry.slots.items()}
        return fill(entry.command, values)

    entries = catalogue.index.entries()
    assert NAMED.keys() <= {each.id for each in entries}
    nameless = [each for each in entries if all(slot.default for slot in each.slots.values())]
    destroying = {each.id for each in nameless if each.changes and is_destructive(example(each))}
    assert destroying <= NAMED.keys()
    for each in entries:
        if each.id in NAMED:
            task = re.sub(GAP, "", each.task).lower()
            assert all(re.search(pattern, task) for pattern in NAMED[each.id]), task
