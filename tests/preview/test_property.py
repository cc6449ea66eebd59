"""What a preview says equals what happens: the same operations in a preview, and for real in a copy."""

import os
import shlex
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hitl_cli.preview.changes import ChangeKind, Preview
from tests.preview.trees import Entry, needs_preview, previewed, tree

pytestmark = needs_preview

_NAMES = st.sampled_from(("a", "b", "d", "d/x", "d/e", "d/e/y", "n", "n/z", "d2", "with space", "li"))
_ONE = (
    "rm -rf {}",
    "echo more >> {}",
    "echo text > {}",
    "mkdir {}",
    "chmod 700 {}",
    "touch {}",
    "rmdir {}",
    "mkdir -p {}",
    "cp -aT {} copy",
)
# cp copies no folder to these: how much of a folder it copies into itself depends on the order of its entries.
_TWO = ("mv {} {}", "cp -p {} {}", "ln -s {} {}", "ln {} {}", "mv -T {} {}")
_OPERATIONS = st.one_of(
    st.builds(lambda words, one: words.format(shlex.quote(one)), st.sampled_from(_ONE), _NAMES),
    st.builds(
        lambda words, one, two: words.format(shlex.quote(one), shlex.quote(two)),
        st.sampled_from(_TWO),
        _NAMES,
        _NAMES,
    ),
)


def _filled(folder: Path) -> None:
    (folder / "d" / "e").mkdir(parents=True)
    for name in ("a", "b", "d/x", "d/e/y", "with space"):
        (folder / name).write_text(f"content of {name}\n")
    (folder / "li").symlink_to("d")


def _expected(before: dict[str, Entry], preview: Preview, folder: Path) -> set[str]:
    """Return the paths that should be there after what the preview said."""
    paths = set(before)
    made = set()
    for change in preview.changes:
        path = os.path.relpath(change.path, folder)
        gone = (
            path
            if change.kind is ChangeKind.DELETED
            else os.path.relpath(change.source, folder)
            if change.source
            else ""
        )
        if gone:
            paths -= {each for each in paths if each == gone or each.startswith(f"{gone}/")}
        if change.kind in (ChangeKind.CREATED, ChangeKind.MOVED):
            made.add(path)
    return paths | made


def _check(operations: list[str]) -> None:
    command = "; ".join(operations)
    with tempfile.TemporaryDirectory(prefix="t") as name:
        place = Path(name).resolve()
        previewed_in, real = place / "previewed", place / "real"
        previewed_in.mkdir()
        _filled(previewed_in)
        shutil.copytree(previewed_in, real, symlinks=True)
        before = tree(previewed_in)
        preview = previewed(previewed_in, command)
        assert tree(previewed_in) == before
        os.system(f"cd {real} && {{ {command}; }} >/dev/null 2>&1")
        after = tree(real)
        assert _expected(before, preview, previewed_in) == set(after)
        changed = {
            os.path.relpath(change.path, previewed_in)
            for change in preview.changes
            if change.kind is ChangeKind.CHANGED
        }
        assert changed == {
            path
            for path in before.keys() & after.keys()
            if before[path] != after[path] and before[path].type == after[path].type
        } - {
            os.path.relpath(change.path, previewed_in)
            for change in preview.changes
            if change.kind is ChangeKind.MOVED
        }
        for change in preview.changes:
            path = os.path.relpath(change.path, previewed_in)
            if change.after is not None and change.kind is not ChangeKind.DELETED:
                assert after[path].content.decode() == change.after
            if change.new is not None:
                assert after[path].mode == change.new.mode


@settings(max_examples=12)
@given(st.lists(_OPERATIONS, min_size=1, max_size=8))
def test_what_a_preview_says_happens(operations: list[str]) -> None:
    """Some sequences of file operations."""
    _check(operations)


@pytest.mark.skipif(os.getuid() != 0, reason="only the overlays of root keep the names of one file together")
def test_two_names_of_one_file_stay_one_file() -> None:
    """A program that refuses to copy a file onto itself does so in a preview, too."""
    _check(["ln d/x d/e", "cp -p d/x d/e"])


@pytest.mark.slow
@pytest.mark.timeout(900)
@settings(max_examples=1500)
@given(st.lists(_OPERATIONS, min_size=1, max_size=20))
def test_what_many_previews_say_happens(operations: list[str]) -> None:
    """Many sequences of file operations."""
    _check(operations)
