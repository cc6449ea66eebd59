"""The search by itself: what it must never do, whatever it is asked."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hitl_cli.catalogue.search import CANDIDATES, TOO_LONG, Catalogue, SearchResult
from hitl_cli.catalogue.workspace import Workspace
from tests.catalogue.score import REQUESTS

NOTHING = (REQUESTS / "nothing.txt").read_text(encoding="utf-8").splitlines()
WORDS = """
show delete the files in a folder called 'my docs' port 8080 older than 3 days *.log and to from replace x with y
{{slot}} $HOME ../.. 10MB 2024-01-31 12:30 `rm` " ' ( ) -- ; | > tokyo first
"""
SPOKEN = st.lists(st.sampled_from(WORDS.split()), max_size=14).map(" ".join)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """The bundled entries."""
    return Catalogue(tmp_path_factory.mktemp("cache"), Path("none.toml"))


@pytest.fixture(scope="module")
def around(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """An empty folder."""
    return Workspace(tmp_path_factory.mktemp("folder"))


@pytest.mark.parametrize("word", ["why is the disk full ", "a/b ", "x"])
def test_a_long_request_is_refused_at_once(catalogue: Catalogue, around: Workspace, word: str) -> None:
    """With a sentence that says so; a search would take minutes."""
    answer = catalogue.search(word * 100_000, around)
    assert answer == SearchResult(problem=TOO_LONG)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(request_text=st.one_of(st.text(max_size=120), SPOKEN))
def test_any_text_gets_an_answer(catalogue: Catalogue, around: Workspace, request_text: str) -> None:
    """Either proposals, the best first and each named once, or one sentence that says why there are none."""
    answer = catalogue.search(request_text, around)
    assert bool(answer.candidates) != bool(answer.problem)
    assert len(answer.candidates) <= CANDIDATES
    assert len({each.entry for each in answer.candidates}) == len(answer.candidates)
    for each in answer.candidates:
        assert 0 <= each.score <= 1
        assert all(f"{{{{{name}}}}}" in each.command for name in each.unfilled)


@pytest.mark.parametrize("request_text", NOTHING)
def test_what_is_not_for_a_catalogue_gets_no_proposal(
    catalogue: Catalogue, around: Workspace, request_text: str
) -> None:
    """Other languages, nonsense, several steps, and what needs to be thought about."""
    answer = catalogue.search(request_text, around)
    assert answer.candidates == ()
    assert answer.problem


@pytest.mark.parametrize(
    ("request_text", "names", "command"),
    [
        ("extract old.tar.bz2", ["old.tar.bz2", "site.zip"], "tar -xvkf old.tar.bz2"),
        ("unpack the archive", ["site.zip"], " site.zip"),
        ("replace every localhost in a.conf with 127.0.0.1", ["a.conf"], "OLD=localhost NEW=127.0.0.1 "),
        ("find files with the extension .bak or .tmp", [], "-iname '*.bak' -o -iname '*.tmp'"),
        ("change the owner of readme.txt to nobody", ["readme.txt"], "chown -v -- nobody readme.txt"),
        ("find every directory named build", [], "-iname '*'build'*'"),
        ("show the 3 biggest files in logs plz", ["logs/"], "find logs "),
        ("is zorblax running", [], "zorblax"),
        ("kill whatever sits on port 8080", [], "8080"),
    ],
)
def test_what_is_named_stands_where_it_belongs(
    catalogue: Catalogue, tmp_path: Path, request_text: str, names: list[str], command: str
) -> None:
    """Archives go to their programs, both sides of a replacement to theirs, unknown words are names."""
    for name in names:
        (tmp_path / name).mkdir() if name.endswith("/") else (tmp_path / name).touch()
    answer = catalogue.search(request_text, Workspace(tmp_path))
    assert command in answer.candidates[0].command


NAMES = (
    "photos/",
    "src/",
    "old/",
    "build/",
    "logs/",
    "notes.txt",
    "main.py",
    "photos.zip",
    "debian.iso",
    "SHA256SUMS",
)


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A folder with files, folders and one archive."""
    folder = tmp_path_factory.mktemp("furnished")
    for name in NAMES:
        (folder / name).mkdir() if name.endswith("/") else (folder / name).touch()
    return Workspace(folder)


@pytest.mark.parametrize(
    ("request_text", "must", "must_not"),
    [
        # Age, size, content, beginning and owner beside an extension.
        ("remove .csv files older than 20 days", ["*.csv", "-mtime +20"], []),
        ("get rid of the .mp4 files bigger than 2 GB", ["*.mp4", "-size +2G"], []),
        ("move .sql files older than 9 days to old", ["*.sql", "-mtime +9", "old/"], []),
        ("remove the empty .json files", ["*.json", "-empty"], []),
        ("erase the .png files in photos that start with cover", ["photos", "cover'*.png'"], []),
        ("remove .conf files that contain localhost", ["*.conf", "grep -qF -e localhost"], []),
        ("compress all .txt files older than 8 days", ["*.txt", "-mtime +8"], ["/var/log"]),
        ("change the owner of all .html files in src to www-data", ["find src", "*.html"], []),
        ("chmod 640 all .conf files", ["*.conf", "640"], []),
        ("find all .js files modified in the last 4 days", ["*.js", "-mtime -4"], []),
        # What is left out stays out.
        ("remove the .md files, but not README.md", ["! -name README.md"], ["! -iname"]),
        ("delete everything except notes.txt", ["! -name notes.txt"], []),
        ("stop all containers except proxy", ["grep -vxF -e proxy"], []),
        ("discard my changes except in main.py", ["':(exclude)'main.py"], []),
        ("uninstall nginx but keep its configuration", ["remove nginx"], ["purge"]),
        # How deep.
        ("remove the .bak files here but not in subfolders", ["-maxdepth 1", "-name '*.bak'"], ["! "]),
        ("erase the .o files in this folder only", ["-maxdepth 1", "-name '*.o'"], ["! "]),
        # What is named has its place.
        ("rename the branch login to signin", ["git branch -m login signin"], []),
        ("merge master into feature", ["git switch feature", "git merge master"], []),
        ("push the branch docs to origin", ["origin docs"], ["HEAD"]),
        ("stop the processes of alice that are named java", ["-u alice", "java"], []),
        # Source and target, whatever exists.
        ("copy the folder photos to /mnt/backup", ["cp -an -- photos /mnt/backup"], []),
        ("move the folder photos to /mnt/backup", ["mv -i -- photos /mnt/backup/"], []),
        # What may be a value of which kind.
        ("change the last commit message", ["{{message}}"], []),
        ("show the first 500M of notes.txt", ["notes.txt"], ["500M"]),
        ("create a tar.gz archive of the folder src", ["tar.gz -- src"], [" tar.gz"]),
        ("put everything in src into one tarball called src.tar.xz", ["-cJf src.tar.xz"], []),
        ("verify debian.iso with the checksum file SHA256SUMS", ["debian.iso SHA256SUMS | sha256sum -c"], []),
        ("which processes are named firefox", ["pgrep", "firefox"], []),
        ("run build.sh every day at 4am", ["'0 4 * * *' build.sh"], []),
        ("run build.sh in the background", ["nohup", "build.sh"], ["docker"]),
        ("run uptime every 5 seconds", ["-n 5 uptime"], []),
        ("ping example.com 5 times", ["-c 5 example.com"], []),
        ("make a symbolic link named current to build", ["ln -s -- build current"], []),
        ("how often does foo appear in notes.txt", ["-e foo -- notes.txt"], []),
        ("show it with foo replaced by bar in notes.txt", ["OLD=foo NEW=bar"], []),
        ("show the logs of the container web", ["docker logs", "web"], ["ls"]),
        ("show the five largest files", ["head -n 5"], ["tar"]),
        # A special case needs a word for it.
        ("get rid of the folder old", ["rm -rIv -- old"], []),
        ("turn 1700000000 into a readable date", ["@1700000000"], ["/ 1000"]),
        ("create a zip file of photos", ["zip -r archive.zip photos"], []),
        ("why did nginx fail", ["nginx"], []),
        ("who am i", ["id"], []),
    ],
)
def test_a_command_honours_the_whole_request(
    catalogue: Catalogue, furnished: Workspace, request_text: str, must: list[str], must_not: list[str]
) -> None:
    """The first command has all that was asked for, and nothing that was not."""
    command = catalogue.search(request_text, furnished).candidates[0].command
    assert all(part in command for part in must), command
    assert not any(part in command for part in must_not), command


@pytest.mark.parametrize(
    "request_text",
    [
        "kill all processes except firefox",
        "remove the images older than 30 days",
        "delete the .log files older than 3 days that contain DEBUG",
        "delete .tmp files older than 3 days and bigger than 1 GB",
        "empty all .log files",
        "delete the .txt files except a.txt and b.txt",
        "set an alarm for 7am",
        "delete all files of bob older than 3 days",
    ],
)
def test_no_change_is_offered_that_would_drop_a_condition(
    catalogue: Catalogue, furnished: Workspace, request_text: str
) -> None:
    """Something that only reads, or nothing, where no entry has a place for all of it."""
    assert not any(each.changes for each in catalogue.search(request_text, furnished).candidates)


@pytest.mark.parametrize(
    "request_text",
    [
        "create a django app with a login page",
        "make a script that backs up my photos",
        "create a website for my cat",
        "liste les fichiers du dossier",
        "installe le paquet vim",
        "elimina la cartella old",
        "how tall is mount everest",
        "order pizza",
        "how old is the queen",
        "make me a sandwich",
        "what is the capital of France",
        "find big files, zip them and delete the originals",
        "back up src, push it to github and email me",
    ],
)
def test_what_no_entry_is_about_gets_nothing(
    catalogue: Catalogue, furnished: Workspace, request_text: str
) -> None:
    """Programs to be written, other languages, questions about the world, several steps."""
    assert catalogue.search(request_text, furnished).candidates == ()
