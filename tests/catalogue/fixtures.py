"""Fixture folders for the test requests: ``build(name, folder)`` fills an existing folder.

Contents are fixed; modification times are set relative to now (DAY steps) where age matters.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import json
import lzma
import os
import pathlib
import shutil
import subprocess
import tarfile
import time
import zipfile
from collections.abc import Callable

DAY = 86400.0
MIB = 1024 * 1024


def _put(folder: pathlib.Path, path: str, content: str | bytes = "", mode: int | None = None) -> pathlib.Path:
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content.encode() if isinstance(content, str) else content)
    if mode is not None:
        target.chmod(mode)
    return target


def _fill(folder: pathlib.Path, path: str, size: int) -> None:
    """A file of `size` bytes that really occupies its blocks, without writing them one by one."""
    target = _put(folder, path)
    with target.open("r+b") as handle:
        try:
            os.posix_fallocate(handle.fileno(), 0, size)
        except OSError:
            handle.write(b"\0" * size)


def _age(folder: pathlib.Path, days: float, special: dict[str, float]) -> None:
    """Give everything the age `days`, except the paths in `special`; folders last, so they keep it."""
    now = time.time()
    for path in sorted(folder.rglob("*"), key=lambda item: len(item.parts), reverse=True):
        age = special.get(path.relative_to(folder).as_posix(), days)
        os.utime(path, (now - age * DAY, now - age * DAY), follow_symlinks=False)


def _project(folder: pathlib.Path) -> None:
    _put(folder, "README.md", "# Shop\n\nA small web shop.\n\nTODO: write the install section\n")
    _put(
        folder,
        "src/main.py",
        "import sys\nimport requests\n\nfrom utils import old_login\n\n\n# TODO: handle errors\ndef main():\n"
        "    old_login('alice')\n    return 0\n\n\nsys.exit(main())\n",
    )
    _put(folder, "src/utils.py", "# FIXME: replace this\ndef old_login(name):\n    return name.lower()\n")
    _put(
        folder,
        "src/api/server.py",
        "import os\n\nPORT = 8080\nDB = 'localhost:5432'\n\n\n"
        "def serve():\n    # TODO: add tls\n    return os.getpid()\n",
    )
    _put(
        folder,
        "src/api/client.py",
        "import requests\n\nTIMEOUT = 30\n\n\ndef get(url):\n    return requests.get(url)\n",
    )
    _put(folder, "tests/test_main.py", "def test_ok():\n    assert True\n")
    _put(folder, "docs/guide.md", "# Guide\n\nStart the server.\n")
    _put(folder, "docs/notes.txt", "budget for 2024\nask Carol about the invoice\n")
    _put(folder, "docs/CHANGELOG.md", "## 2.4.1\n- fixes\n")
    config = {
        "name": "shop",
        "version": "2.4.1",
        "database": {"host": "db.internal", "port": 5432},
        "features": ["cart", "search"],
        "debug": True,
    }
    _put(folder, "config.json", json.dumps(config, indent=2) + "\n")
    _put(
        folder,
        "settings.ini",
        "# main settings\n[server]\nport=8080\nhost=localhost\n\n; database part\n[db]\nname=shopdb\n\n# end\n",
    )
    _put(folder, ".env", "DB_PASSWORD=s3cret\nAPI_KEY=abc123\n")
    _put(folder, ".gitignore", "build/\nnode_modules/\n")
    _put(folder, "package.json", '{"name": "shop-web", "scripts": {"build": "webpack"}}\n')
    _put(folder, "build/app.o", b"\x7fELF\0\0object")
    _put(folder, "build/lib.o", b"\x7fELF\0\0lib")
    _put(folder, "node_modules/leftpad/index.js", "// TODO upstream\nmodule.exports = 1;\n")
    _put(folder, "src/__pycache__/main.cpython-311.pyc", b"\xa7\r\r\n\0\0")
    _put(folder, "web/index.html", "<html><body><h1>Welcome</h1></body></html>\n")
    _put(folder, "web/about.html", "<html><body><p>See our pricing page</p></body></html>\n")
    _put(folder, "web/style.css", "body { color: #336699; }\n")
    _put(folder, "web/app.js", "console.log('hello');\n")
    _put(folder, "web/index.html.bak", "<html>old</html>\n")
    _put(folder, "src/utils.py.bak", "# old copy\n")
    _put(folder, "docs/notes.txt.tmp", "scratch\n")
    _put(folder, "Makefile", "all:\n\techo done\n")


def _logs(folder: pathlib.Path) -> None:
    hits = (
        [("10.0.0.5", "/", 200)] * 6
        + [("10.0.0.5", "/missing", 404)] * 2
        + [("10.0.0.5", "/login", 500)]
        + [("192.168.1.20", "/shop", 200)] * 4
        + [("192.168.1.20", "/old", 404)]
        + [("203.0.113.7", "/admin", 403)] * 2
        + [("203.0.113.7", "/wp-login.php", 404)]
        + [("198.51.100.2", "/api", 500)]
    )
    lines = [
        f'{ip} - - [01/May/2024:10:{number:02d}:00 +0000] "GET {path} HTTP/1.1" {code} {1000 + number} "-" "curl/8"'
        for number, (ip, path, code) in enumerate(hits)
    ]
    _put(folder, "access.log", "\n".join(lines) + "\n")
    _put(
        folder,
        "app.log",
        "2024-05-01 10:00:01 INFO service started\n"
        "2024-05-01 10:00:05 INFO loading modules\n"
        "2024-05-01 10:01:00 ERROR cache miss for key 17\n"
        "2024-05-01 10:02:00 INFO user alice logged in\n"
        "2024-05-01 10:03:10 WARN slow query 812 ms\n"
        "2024-05-01 10:04:00 INFO user bob logged in\n"
        "2024-05-01 10:05:00 INFO before the stall\n"
        "2024-05-01 10:05:30 ERROR Timeout while calling payments\n"
        "2024-05-01 10:05:31 INFO retry one\n"
        "2024-05-01 10:05:32 INFO retry two\n"
        "2024-05-01 10:06:00 INFO recovered\n"
        "2024-05-01 10:07:00 ERROR connection refused by db\n"
        "2024-05-01 10:08:00 WARN disk at 91 percent\n"
        "2024-05-01 10:09:00 INFO user alice logged out\n"
        "2024-05-01 11:00:00 ERROR cache corrupted\n"
        "2024-05-01 11:30:00 INFO service stopped\n",
    )
    failed = "May  1 10:{:02d}:00 box sshd[{}]: Failed password for {} from {} port 4242 ssh2\n"
    text = "".join(failed.format(number, 900 + number, "root", "203.0.113.7") for number in range(4))
    text += "".join(failed.format(number, 900 + number, "admin", "198.51.100.2") for number in range(10, 12))
    text += "May  1 10:30:00 box sshd[990]: Accepted publickey for alice from 10.0.0.5 port 5151 ssh2\n"
    _put(folder, "auth.log", text)
    _put(
        folder,
        "error.log",
        "disk full\n" * 4 + "cannot open socket\n" * 3 + "disk full\n" * 2 + "bad token\n",
    )
    _put(folder, "big.log", "".join(f"entry {number:04d}\n" for number in range(1, 501)))
    _put(folder, "empty.log")
    _put(folder, "old/app.log.1", "2024-03-01 09:00:00 INFO earlier run\n")
    _put(folder, "old/app.log.2.gz", gzip.compress(b"2024-02-01 09:00:00 ERROR ancient failure\n", mtime=0))
    _put(folder, "old/debug-2023.log", "2023-01-01 DEBUG nothing\n")
    _age(folder, 2, {"old/app.log.1": 40, "old/app.log.2.gz": 70, "old/debug-2023.log": 400, "app.log": 0.01})


def _data(folder: pathlib.Path) -> None:
    _put(
        folder,
        "people.csv",
        "name,age,city,email\nAlice,34,London,alice@example.com\nBob,27,Paris,bob@example.com\n"
        "Carol,45,Berlin,carol@example.com\nDave,19,Madrid,dave@example.com\nEve,38,Paris,eve@example.com\n",
    )
    _put(
        folder,
        "sales.csv",
        "date,product,qty,price\n2024-01-05,widget,10,2.50\n2024-01-06,gadget,3,10.00\n"
        "2024-01-07,widget,5,2.50\n2024-02-01,gizmo,1,99.99\n",
    )
    _put(folder, "numbers.txt", "42\n7\n19\n100\n3\n7\n")
    _put(folder, "words.txt", "banana\napple\ncherry\napple\nbanana\napple\ndate\n")
    _put(folder, "names.txt", "alice smith\nbob jones\ncarol white\n")
    _put(folder, "staff.tsv", "id\tname\tdept\n1\tAlice\tsales\n2\tBob\tops\n3\tCarol\tsales\n")
    _put(folder, "crlf.txt", b"first\r\nsecond\r\nthird\r\n")
    _put(folder, "spaces.txt", "one  \n\ntwo\t\n\n\nthree\n")
    _put(folder, "tabs.py", "def f(x):\n\tif x:\n\t\treturn 1\n\treturn 2\n")
    _put(folder, "latin1.txt", b"caf\xe9 cr\xe8me\n")
    _put(folder, "old.conf", "host=alpha\nport=8080\nworkers=4\n")
    _put(folder, "new.conf", "host=alpha\nport=9090\nworkers=4\n")
    _put(folder, "list_a.txt", "apple\nbanana\ncherry\nmango\n")
    _put(folder, "list_b.txt", "banana\nfig\nmango\nzebra\n")
    _put(folder, "ugly.json", '{"name":"shop","version":"2.4.1","tags":["a","b"],"owner":{"name":"alice"}}')
    _put(
        folder,
        "users.json",
        '[{"name":"alice","role":"admin","age":34},{"name":"bob","role":"user","age":27},'
        '{"name":"carol","role":"user","age":45}]\n',
    )
    _put(
        folder,
        "poem.txt",
        "Roses are red\nViolets are blue\nThe shell is patient\nAnd so are you\n",
    )
    _put(
        folder, "emails.txt", "Write to alice@example.com or bob.jones@mail.example.org.\nOr call 555-1234.\n"
    )
    _put(
        folder,
        "links.html",
        '<a href="https://example.com/one">1</a> text <a href="http://example.org/two">2</a>\n<p>no link here</p>\n',
    )
    _put(folder, "config.yaml", "host: localhost\nport: 8080\nbackup: localhost\n")
    _put(folder, "long.txt", "".join(f"row {number}\n" for number in range(1, 101)))


def _downloads(folder: pathlib.Path) -> None:
    for number in (1, 2):
        _put(folder, f"holiday photo {number}.jpg", b"\xff\xd8\xff\xe0 photo %d" % number)
        _put(folder, f"IMG_00{number}.JPG", b"\xff\xd8\xff\xe0 image %d" % number)
        _put(folder, f"music/track{number}.mp3", b"ID3\x03\0 track %d" % number)
    _put(folder, "cat.png", b"\x89PNG\r\n\x1a\n cat")
    _put(folder, "report final.pdf", "%PDF-1.4 report\n")
    _put(folder, "invoice-2023.pdf", "%PDF-1.4 invoice\n")
    _put(folder, "notes.txt", "buy milk\ncall bob\n")
    _put(folder, "notes-copy.txt", "buy milk\ncall bob\n")
    _put(folder, "song.mp3", b"ID3\x03\0 song")
    _fill(folder, "backup.iso", 3 * MIB)
    _put(folder, "docs/letter.docx", "letter\n")
    _put(folder, "docs/old/letter-2022.docx", "old letter\n")
    _put(folder, "docs/x.tmp", "tmp\n")
    _put(folder, "temp1.tmp", "tmp\n")
    _put(folder, "temp2.tmp", "tmp\n")
    _put(folder, "empty.txt")
    _put(folder, "zero.dat")
    _put(folder, ".hidden", "hidden\n")
    _put(folder, "tool.sh", "#!/bin/bash\necho tool\n", 0o755)
    (folder / "emptydir").mkdir()
    (folder / "nested/emptydir2").mkdir(parents=True)
    (folder / "link-ok").symlink_to("notes.txt")
    (folder / "broken-link").symlink_to("missing.txt")
    _age(folder, 10, {"notes.txt": 0.005, "invoice-2023.pdf": 400, "docs/old/letter-2022.docx": 500})


def _disk(folder: pathlib.Path) -> None:
    _fill(folder, "media/video.mkv", 120 * MIB)
    _fill(folder, "media/clip.mp4", 20 * MIB)
    _fill(folder, "cache/blob.bin", 12 * MIB)
    _fill(folder, "logs/app.log", 5 * MIB)
    _fill(folder, "logs/old.log", 2 * MIB)
    _put(folder, "cache/tiny.txt", "tiny\n")
    _put(folder, "docs/a.txt", "a" * 2000)
    _put(folder, "docs/b.txt", "b" * 100)


def _tar(members: dict[str, str], damaged: bool = False, mode: str = "") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, text in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            info.mtime = 1700000000
            archive.addfile(info, io.BytesIO(text.encode()))
    raw = buffer.getvalue()
    packed = {
        "": lambda: raw,
        "gz": lambda: gzip.compress(raw, mtime=0),
        "bz2": lambda: bz2.compress(raw),
        "xz": lambda: lzma.compress(raw),
    }[mode]()
    return packed[: len(packed) // 2] if damaged else packed


def _archives(folder: pathlib.Path) -> None:
    _put(folder, "project/a.txt", "alpha\n")
    _put(folder, "project/sub/b.txt", "beta\n")
    _put(folder, "project/debug.log", "noise\n")
    _put(folder, "project/sub/trace.log", "noise\n")
    _put(folder, "photos/p1.jpg", b"\xff\xd8\xff one")
    _put(folder, "photos/p2.jpg", b"\xff\xd8\xff two")
    _put(folder, "access.log", "GET /index.html 200\n" * 400)
    _put(folder, "report.txt", "quarterly report\n" * 50)
    _put(folder, "todo.txt", "buy milk\n")
    backup = {
        "backup/etc/app.conf": "port=8080\n",
        "backup/data.csv": "a,b\n1,2\n",
        "backup/readme.txt": "hi\n",
    }
    _put(folder, "backup.tar.gz", _tar(backup, mode="gz"))
    _put(folder, "broken.tar.gz", _tar(backup, damaged=True, mode="gz"))
    _put(folder, "old.tar.bz2", _tar({"old/index.txt": "old index\n", "old/x/y.txt": "y\n"}, mode="bz2"))
    _put(folder, "data.tar.xz", _tar({"data/values.csv": "v\n1\n2\n"}, mode="xz"))
    _put(folder, "app.tar", _tar({"app/main.py": "print(1)\n", "app/util.py": "x = 1\n"}))
    sql = "CREATE TABLE users (id int);\nINSERT INTO users VALUES (1);\nINSERT INTO users VALUES (2);\n"
    _put(folder, "dump.sql.gz", gzip.compress((sql + "-- padding\n" * 200).encode(), mtime=0))
    with zipfile.ZipFile(folder / "site.zip", "w") as site:
        site.writestr("index.html", "<h1>site</h1>\n")
        site.writestr("css/style.css", "h1 { color: red }\n")
        site.writestr("img/logo.png", b"\x89PNG logo")


def _git(folder: pathlib.Path, *words: str, who: str = "Alice", day: str = "2024-01-10") -> None:
    stamp = f"{day}T12:00:00+0000"
    env = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": who,
        "GIT_AUTHOR_EMAIL": f"{who.lower()}@example.com",
        "GIT_COMMITTER_NAME": who,
        "GIT_COMMITTER_EMAIL": f"{who.lower()}@example.com",
        "GIT_AUTHOR_DATE": stamp,
        "GIT_COMMITTER_DATE": stamp,
    }
    subprocess.run(
        ["git", *words], cwd=folder, env=env, check=True, capture_output=True, stdin=subprocess.DEVNULL
    )


def _repo_clean(folder: pathlib.Path) -> None:
    def commit(message: str, who: str, day: str) -> None:
        _git(folder, "add", "-A")
        _git(folder, "commit", "-q", "-m", message, who=who, day=day)

    _git(folder, "init", "-q", "-b", "main")
    _git(folder, "config", "user.name", "Test User")
    _git(folder, "config", "user.email", "test@example.com")
    _git(folder, "config", "gc.auto", "0")
    _put(folder, "README.md", "# Shop\n\nWelcome.\n")
    _put(folder, "app.py", "def total(cart):\n    return sum(cart)\n")
    _put(folder, "legacy.py", "OLD = True\n")
    _put(folder, ".gitignore", "*.log\n")
    commit("Initial commit", "Alice", "2024-01-10")
    _put(folder, "login.py", "def login(user):\n    return bool(user)\n")
    commit("Add login form", "Bob", "2024-01-15")
    _put(folder, "app.py", "def total(cart):\n    if not cart:\n        return 0\n    return sum(cart)\n")
    commit("Fix crash on empty cart", "Alice", "2024-02-01")
    _git(folder, "tag", "v1.0")
    _git(folder, "checkout", "-q", "-b", "feature/search")
    _put(folder, "search.py", "def search(term):\n    return []\n")
    commit("Add search page", "Bob", "2024-02-10")
    _git(folder, "checkout", "-q", "-b", "old-fix", "main")
    _put(folder, "README.md", "# Shop\n\nWelcome to the shop.\n")
    commit("Patch typo in readme", "Alice", "2024-02-15")
    _git(folder, "checkout", "-q", "main")
    _git(folder, "merge", "-q", "--no-ff", "-m", "Merge branch old-fix", "old-fix", day="2024-02-20")
    (folder / "legacy.py").unlink()
    commit("Remove legacy module", "Bob", "2024-03-05")
    _git(folder, "tag", "v1.1")
    _git(folder, "init", "-q", "--bare", "-b", "main", ".git/origin.git")
    _git(folder, "remote", "add", "origin", str(folder / ".git/origin.git"))
    _git(folder, "push", "-q", "-u", "origin", "main", "feature/search")
    _git(folder, "push", "-q", "origin", "v1.0:refs/heads/release")
    _put(folder, "config.ini", "version = 1.2\n")
    commit("Bump version to 1.2", "Alice", "2024-03-20")


def _repo(folder: pathlib.Path) -> None:
    """The same repository with work in progress: one stash, a staged file, an edit, untracked files."""
    _repo_clean(folder)
    _put(folder, "README.md", "# Shop in colour\n\nWelcome to the shop.\n")
    _git(folder, "stash", "push", "-q", "-m", "wip: colors")
    _put(
        folder,
        "app.py",
        "def total(cart):\n    print('debug', cart)\n    if not cart:\n        return 0\n    return sum(cart)\n",
    )
    _put(folder, "notes.md", "release notes\n")
    _git(folder, "add", "notes.md")
    _put(folder, "scratch.tmp", "scratch\n")
    _put(folder, "tmp/dump.txt", "dump\n")
    _put(folder, "debug.log", "ignored\n")


def _perms(folder: pathlib.Path) -> None:
    _put(folder, "run.sh", "#!/bin/bash\necho hi\n", 0o644)
    _put(folder, "deploy.sh", "#!/bin/bash\necho deploy\n", 0o755)
    _put(folder, "id_rsa", "PRIVATE KEY\n", 0o644)
    _put(folder, "secret.txt", "secret\n", 0o666)
    _put(folder, "config.yml", "a: 1\n", 0o640)
    _put(folder, "readme.txt", "read me\n", 0o644)
    _put(folder, "locked.txt", "locked\n", 0o444)
    _put(folder, "suid-tool", "#!/bin/bash\n", 0o4755)
    _put(folder, "bin/tool", "#!/bin/bash\n", 0o755)
    _put(folder, "owned.txt", "owned\n", 0o644)
    _put(folder, "shared/doc.txt", "doc\n", 0o644)
    _put(folder, "private/diary.txt", "dear diary\n", 0o644)
    _put(folder, "web/index.html", "<h1>hi</h1>\n", 0o600)
    _put(folder, "web/css/style.css", "h1 {}\n", 0o600)
    for name, mode in {
        "shared": 0o777,
        "private": 0o755,
        "web": 0o755,
        "web/css": 0o700,
        "bin": 0o755,
    }.items():
        (folder / name).chmod(mode)
    if os.geteuid() == 0:
        shutil.chown(folder / "owned.txt", "nobody", "nogroup")


def _digest(kind: str, path: pathlib.Path) -> str:
    return hashlib.new(kind, path.read_bytes()).hexdigest()


def _sums(folder: pathlib.Path) -> None:
    first = _put(folder, "file1.iso", b"first image\n" * 1000)
    _put(folder, "file2.iso", b"second image\n" * 1000)
    _put(folder, "SHA256SUMS", f"{_digest('sha256', first)}  file1.iso\n{'0' * 64}  file2.iso\n")
    hello = _put(folder, "hello.txt", "hello world\n")
    _put(folder, "MD5SUMS", f"{_digest('md5', hello)}  hello.txt\n{'0' * 32}  file1.iso\n")
    release = _put(folder, "release.tar.gz", gzip.compress(b"release\n", mtime=0))
    _put(folder, "release.tar.gz.sha256", f"{_digest('sha256', release)}  release.tar.gz\n")
    _put(folder, "copyA.txt", "same text\n")
    _put(folder, "copyB.txt", "same text\n")
    _put(folder, "copyC.txt", "other text\n")
    _put(folder, "dirA/one.txt", "one\n")
    _put(folder, "dirA/only.txt", "only here\n")
    _put(folder, "dirB/one.txt", "one\n")
    _put(folder, "encoded.txt", "c2VjcmV0IG1lc3NhZ2UK\n")


def _empty(folder: pathlib.Path) -> None:
    folder.mkdir(exist_ok=True)


FIXTURES: dict[str, Callable[[pathlib.Path], None]] = {
    "archives": _archives,
    "data": _data,
    "disk": _disk,
    "downloads": _downloads,
    "empty": _empty,
    "logs": _logs,
    "perms": _perms,
    "project": _project,
    "repo": _repo,
    "repo-clean": _repo_clean,
    "sums": _sums,
}


def build(name: str, folder: pathlib.Path) -> None:
    """Fill `folder` (created when missing) with the fixture `name`."""
    folder.mkdir(parents=True, exist_ok=True)
    FIXTURES[name](folder)
