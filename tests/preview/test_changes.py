"""What a preview says of each kind of change; and nothing of it has happened."""

import os
from pathlib import Path

import pytest

from hitl_cli.preview.changes import ChangeKind
from hitl_cli.preview.summary import summarized
from tests.preview.trees import needs_preview, previewed, said, tree

pytestmark = needs_preview

CREATED, CHANGED, MOVED, DELETED = (
    ChangeKind.CREATED,
    ChangeKind.CHANGED,
    ChangeKind.MOVED,
    ChangeKind.DELETED,
)


@pytest.fixture
def filled(folder: Path) -> Path:
    """A folder with files, folders and links of each kind."""
    for name in ("edited", "touched", "gone", "moved", "mode", "owner", "replaced"):
        (folder / name).write_text(f"{name}\n")
    (folder / "build" / "deep").mkdir(parents=True)
    (folder / "emptied").mkdir()
    for number in range(20):
        (folder / "build" / "deep" / str(number)).write_bytes(bytes(1000))
    for name in ("3", "4"):
        (folder / "emptied" / name).write_text("x")
    os.link(folder / "edited", folder / "second name")
    (folder / "link").symlink_to("edited")
    (folder / "image").write_bytes(bytes(range(256)))
    return folder


def test_each_kind_of_change_is_said_and_none_has_happened(filled: Path, tmp_path: Path) -> None:
    """Creations, changes, deletions, moves, links, modes, owners, replaced types; outside the folder too."""
    (tmp_path / "outside").write_text("precious\n")
    before = tree(tmp_path)
    preview = previewed(
        filled,
        "echo more >> edited; touch touched; rm gone; mv moved away; chmod 600 mode; chown 12:34 owner; "
        "rm replaced; mkdir replaced; echo 1 > replaced/inner; rm -r build; rm -r emptied; mkdir emptied; "
        "echo new > emptied/3; ln -sf mode link; printf '\\0\\1' >> image; mkdir -p made/deep; "
        "echo a > made/deep/file; "
        "ln edited third; mkfifo pipe; rm ../outside; cat edited",
    )
    assert tree(tmp_path) == before
    assert preview.exit_status == 0
    assert preview.output == "edited\nmore\n"
    found = said(preview, filled)
    assert "touched" not in found
    expected = {
        "../outside": DELETED,
        "edited": CHANGED,
        "gone": DELETED,
        "away": MOVED,
        "mode": CHANGED,
        "owner": CHANGED,
        "replaced": CREATED,
        "replaced/inner": CREATED,
        "build": DELETED,
        "emptied/3": CHANGED,
        "emptied/4": DELETED,
        "link": CHANGED,
        "image": CHANGED,
        "made": CREATED,
        "made/deep/file": CREATED,
        "third": CREATED,
        "pipe": CREATED,
    }
    assert {path: found.get(path) for path in expected} == expected
    by_path = {os.path.relpath(change.path, filled): change for change in preview.changes}
    assert (by_path["build"].files, by_path["build"].folders, by_path["build"].bytes) == (20, 1, 20_000)
    assert by_path["edited"].names == 2
    assert (by_path["edited"].before, by_path["edited"].after) == ("edited\n", "edited\nmore\n")
    assert by_path["image"].before is None
    assert by_path["away"].source == str(filled / "moved")
    assert by_path["mode"].what == ("mode",)
    assert by_path["link"].new is not None
    assert by_path["link"].new.target == "mode"
    if os.getuid() == 0:
        owner = by_path["owner"].new
        assert owner is not None
        assert (owner.user, owner.group) == (12, 34)
    summary = summarized(preview, str(filled), str(filled), is_root=True)
    assert summary.lost_outside
    assert summary.rows[0].path == str(tmp_path / "outside")
    rows = {row.path: row for row in summary.rows}
    assert rows["build/"].detail == "20 files, 19.5 KB"
    assert "2 names" in rows["edited"].detail
    order = [row.verb for row in summary.rows if not row.is_outside]
    assert order == sorted(order, key=["deleted", "changed", "moved", "created"].index)


def test_a_moved_folder_is_not_lost(filled: Path) -> None:
    """Each file that was moved with its folder is said to be moved, and the old folder has nothing else to lose."""
    preview = previewed(filled, "mv build kept && mv kept/deep kept/deeper")
    moved = [change for change in preview.changes if change.kind is MOVED]
    assert {change.path for change in moved} == {str(filled / "kept/deeper" / str(n)) for n in range(20)}
    lost = {change.path: change.files for change in preview.changes if change.kind is DELETED}
    assert lost == {str(filled / "build"): 0}
    summary = summarized(preview, str(filled), str(filled), is_root=True)
    texts = [row.text for row in summary.rows]
    assert texts[0] == "deleted build/ · no files"
    assert texts[-1] == "created kept/ · 20 files, 19.5 KB"
    assert summary.line == "1 folder deleted, 20 files moved, 1 folder created, exit 0"


def test_a_large_deletion_costs_one_row(folder: Path) -> None:
    """Thousands of files are counted and summed up, and many small changes in a folder too."""
    (folder / "many").mkdir()
    for number in range(3000):
        (folder / "many" / str(number)).touch()
    for number in range(30):
        (folder / "parts" / str(number)).mkdir(parents=True)
        (folder / "parts" / str(number) / "file").touch()
    preview = previewed(folder, "rm -r many parts/*/file; for n in $(seq 50); do echo $n > new$n; done")
    summary = summarized(preview, str(folder), str(folder), is_root=True)
    assert [row.text for row in summary.rows] == [
        "deleted many/ · 3,000 files, 0 bytes",
        "deleted parts/ · 30 files, 0 bytes",
        "created ./ · 50 files, 141 bytes",
    ]
    assert summary.line == "3,030 files deleted, 50 files created, exit 0"
    assert len(list((folder / "many").iterdir())) == 3000


@pytest.mark.slow
def test_no_deletion_outside_is_lost_among_many_others(folder: Path, tmp_path: Path) -> None:
    """What is beyond the list is summed up by folder, and what matters most is always in it."""
    for number in range(25_000):
        (folder / str(number % 50)).mkdir(exist_ok=True)
        (folder / str(number % 50) / str(number)).touch()
    (tmp_path / "outside").write_text("precious")
    preview = previewed(
        folder, "find . -type f -delete; rm ../outside; mkdir -p made/deep; touch made/deep/file"
    )
    summary = summarized(preview, str(folder), str(folder), is_root=True)
    assert [row.text for row in summary.rows] == [
        f"deleted {tmp_path}/outside · 8 bytes",
        "deleted ./ · 25,000 files, 0 bytes",
        "created made/ · 1 file, 0 bytes",
    ]
    assert summary.lost_outside
    assert summary.more == 0


def test_places_that_matter_are_marked(folder: Path) -> None:
    """Secrets, hidden files and files of the system are named as such, before other changes."""
    (folder / ".ssh").mkdir()
    (folder / ".ssh" / "id_rsa").write_text("key")
    preview = previewed(folder, "echo x >> a; rm .ssh/id_rsa; echo 127.0.0.1 x >> /etc/hosts; touch .hidden")
    summary = summarized(preview, str(folder), str(folder), is_root=True)
    marks = {row.path: row.marks for row in summary.rows}
    assert "a place for secrets" in marks[".ssh/id_rsa"]
    assert marks[".hidden"] == ("hidden",)
    if os.getuid() == 0:
        assert summary.rows[0].path == "/etc/hosts"
        assert "the system may not work without it" in summary.rows[0].marks
