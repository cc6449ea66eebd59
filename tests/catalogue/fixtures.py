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
import tarfile
import time
import zipfile
from collections.abc import Callable

from tests.catalogue.repositories import clean_repository, put, repository

DAY = 86400.0
MIB = 1024 * 1024


def _fill(folder: pathlib.Path, path: str, size: int) -> None:
    """A file of `size` bytes that really occupies its blocks, without writing them one by one."""
    target = put(folder, path)
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
    put(folder, "README.md", "# Shop\n\nA small web shop.\n\nTODO: write the install section\n")
    put(
        folder,
        "src/main.py",
        "import sys\nimport requests\n\nfrom utils import old_login\n\n\n# TODO: handle errors\ndef main():\n"
        "    old_login('alice')\n    return 0\n\n\nsys.exit(main())\n",
    )
    put(folder, "src/utils.py", "# FIXME: replace this\ndef old_login(name):\n    return name.lower()\n")
    put(
        folder,
        "src/api/server.py",
        "import os\n\nPORT = 8080\nDB = 'localhost:5432'\n\n\n"
        "def serve():\n    # TODO: add tls\n    return os.getpid()\n",
    )
    put(
        folder,
        "src/api/client.py",
        "import requests\n\nTIMEOUT = 30\n\n\ndef get(url):\n    return requests.get(url)\n",
    )
    put(folder, "tests/test_main.py", "def test_ok():\n    assert True\n")
    put(folder, "docs/guide.md", "# Guide\n\nStart the server.\n")
    put(folder, "docs/notes.txt", "budget for 2024\nask Carol about the invoice\n")
    put(folder, "docs/CHANGELOG.md", "## 2.4.1\n- fixes\n")
    config = {
        "name": "shop",
        "version": "2.4.1",
        "database": {"host": "db.internal", "port": 5432},
        "features": ["cart", "search"],
        "debug": True,
    }
    put(folder, "config.json", json.dumps(config, indent=2) + "\n")
    put(
        folder,
        "settings.ini",
        "# main settings\n[server]\nport=8080\nhost=localhost\n\n; database part\n[db]\nname=shopdb\n\n# end\n",
    )
    put(folder, ".env", "DB_PASSWORD=s3cret\nAPI_KEY=abc123\n")
    put(folder, ".gitignore", "build/\nnode_modules/\n")
    put(folder, "package.json", '{"name": "shop-web", "scripts": {"build": "webpack"}}\n')
    put(folder, "build/app.o", b"\x7fELF\0\0object")
    put(folder, "build/lib.o", b"\x7fELF\0\0lib")
    put(folder, "node_modules/leftpad/index.js", "// TODO upstream\nmodule.exports = 1;\n")
    put(folder, "src/__pycache__/main.cpython-311.pyc", b"\xa7\r\r\n\0\0")
    put(folder, "web/index.html", "<html><body><h1>Welcome</h1></body></html>\n")
    put(folder, "web/about.html", "<html><body><p>See our pricing page</p></body></html>\n")
    put(folder, "web/style.css", "body { color: #336699; }\n")
    put(folder, "web/app.js", "console.log('hello');\n")
    put(folder, "web/index.html.bak", "<html>old</html>\n")
    put(folder, "src/utils.py.bak", "# old copy\n")
    put(folder, "docs/notes.txt.tmp", "scratch\n")
    put(folder, "Makefile", "all:\n\techo done\n")


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
    put(folder, "access.log", "\n".join(lines) + "\n")
    put(
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
    put(folder, "auth.log", text)
    put(
        folder,
        "error.log",
        "disk full\n" * 4 + "cannot open socket\n" * 3 + "disk full\n" * 2 + "bad token\n",
    )
    put(folder, "big.log", "".join(f"entry {number:04d}\n" for number in range(1, 501)))
    put(folder, "empty.log")
    put(folder, "old/app.log.1", "2024-03-01 09:00:00 INFO earlier run\n")
    put(folder, "old/app.log.2.gz", gzip.compress(b"2024-02-01 09:00:00 ERROR ancient failure\n", mtime=0))
    put(folder, "old/debug-2023.log", "2023-01-01 DEBUG nothing\n")
    _age(folder, 2, {"old/app.log.1": 40, "old/app.log.2.gz": 70, "old/debug-2023.log": 400, "app.log": 0.01})


def _data(folder: pathlib.Path) -> None:
    put(
        folder,
        "people.csv",
        "name,age,city,email\nAlice,34,London,alice@example.com\nBob,27,Paris,bob@example.com\n"
        "Carol,45,Berlin,carol@example.com\nDave,19,Madrid,dave@example.com\nEve,38,Paris,eve@example.com\n",
    )
    put(
        folder,
        "sales.csv",
        "date,product,qty,price\n2024-01-05,widget,10,2.50\n2024-01-06,gadget,3,10.00\n"
        "2024-01-07,widget,5,2.50\n2024-02-01,gizmo,1,99.99\n",
    )
    put(folder, "numbers.txt", "42\n7\n19\n100\n3\n7\n")
    put(folder, "words.txt", "banana\napple\ncherry\napple\nbanana\napple\ndate\n")
    put(folder, "names.txt", "alice smith\nbob jones\ncarol white\n")
    put(folder, "staff.tsv", "id\tname\tdept\n1\tAlice\tsales\n2\tBob\tops\n3\tCarol\tsales\n")
    put(folder, "crlf.txt", b"first\r\nsecond\r\nthird\r\n")
    put(folder, "spaces.txt", "one  \n\ntwo\t\n\n\nthree\n")
    put(folder, "tabs.py", "def f(x):\n\tif x:\n\t\treturn 1\n\treturn 2\n")
    put(folder, "latin1.txt", b"caf\xe9 cr\xe8me\n")
    put(folder, "old.conf", "host=alpha\nport=8080\nworkers=4\n")
    put(folder, "new.conf", "host=alpha\nport=9090\nworkers=4\n")
    put(folder, "list_a.txt", "apple\nbanana\ncherry\nmango\n")
    put(folder, "list_b.txt", "banana\nfig\nmango\nzebra\n")
    put(folder, "ugly.json", '{"name":"shop","version":"2.4.1","tags":["a","b"],"owner":{"name":"alice"}}')
    put(
        folder,
        "users.json",
        '[{"name":"alice","role":"admin","age":34},{"name":"bob","role":"user","age":27},'
        '{"name":"carol","role":"user","age":45}]\n',
    )
    put(
        folder,
        "poem.txt",
        "Roses are red\nViolets are blue\nThe shell is patient\nAnd so are you\n",
    )
    put(
        folder, "emails.txt", "Write to alice@example.com or bob.jones@mail.example.org.\nOr call 555-1234.\n"
    )
    put(
        folder,
        "links.html",
        '<a href="https://example.com/one">1</a> text <a href="http://example.org/two">2</a>\n<p>no link here</p>\n',
    )
    put(folder, "config.yaml", "host: localhost\nport: 8080\nbackup: localhost\n")
    put(folder, "long.txt", "".join(f"row {number}\n" for number in range(1, 101)))


def _downloads(folder: pathlib.Path) -> None:
    for number in (1, 2):
        put(folder, f"holiday photo {number}.jpg", b"\xff\xd8\xff\xe0 photo %d" % number)
        put(folder, f"IMG_00{number}.JPG", b"\xff\xd8\xff\xe0 image %d" % number)
        put(folder, f"music/track{number}.mp3", b"ID3\x03\0 track %d" % number)
    put(folder, "cat.png", b"\x89PNG\r\n\x1a\n cat")
    put(folder, "report final.pdf", "%PDF-1.4 report\n")
    put(folder, "invoice-2023.pdf", "%PDF-1.4 invoice\n")
    put(folder, "notes.txt", "buy milk\ncall bob\n")
    put(folder, "notes-copy.txt", "buy milk\ncall bob\n")
    put(folder, "song.mp3", b"ID3\x03\0 song")
    _fill(folder, "backup.iso", 3 * MIB)
    put(folder, "docs/letter.docx", "letter\n")
    put(folder, "docs/old/letter-2022.docx", "old letter\n")
    put(folder, "docs/x.tmp", "tmp\n")
    put(folder, "temp1.tmp", "tmp\n")
    put(folder, "temp2.tmp", "tmp\n")
    put(folder, "empty.txt")
    put(folder, "zero.dat")
    put(folder, ".hidden", "hidden\n")
    put(folder, "tool.sh", "#!/bin/bash\necho tool\n", 0o755)
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
    put(folder, "cache/tiny.txt", "tiny\n")
    put(folder, "docs/a.txt", "a" * 2000)
    put(folder, "docs/b.txt", "b" * 100)


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
    put(folder, "project/a.txt", "alpha\n")
    put(folder, "project/sub/b.txt", "beta\n")
    put(folder, "project/debug.log", "noise\n")
    put(folder, "project/sub/trace.log", "noise\n")
    put(folder, "photos/p1.jpg", b"\xff\xd8\xff one")
    put(folder, "photos/p2.jpg", b"\xff\xd8\xff two")
    put(folder, "access.log", "GET /index.html 200\n" * 400)
    put(folder, "report.txt", "quarterly report\n" * 50)
    put(folder, "todo.txt", "buy milk\n")
    backup = {
        "backup/etc/app.conf": "port=8080\n",
        "backup/data.csv": "a,b\n1,2\n",
        "backup/readme.txt": "hi\n",
    }
    put(folder, "backup.tar.gz", _tar(backup, mode="gz"))
    put(folder, "broken.tar.gz", _tar(backup, damaged=True, mode="gz"))
    put(folder, "old.tar.bz2", _tar({"old/index.txt": "old index\n", "old/x/y.txt": "y\n"}, mode="bz2"))
    put(folder, "data.tar.xz", _tar({"data/values.csv": "v\n1\n2\n"}, mode="xz"))
    put(folder, "app.tar", _tar({"app/main.py": "print(1)\n", "app/util.py": "x = 1\n"}))
    sql = "CREATE TABLE users (id int);\nINSERT INTO users VALUES (1);\nINSERT INTO users VALUES (2);\n"
    put(folder, "dump.sql.gz", gzip.compress((sql + "-- padding\n" * 200).encode(), mtime=0))
    with zipfile.ZipFile(folder / "site.zip", "w") as site:
        site.writestr("index.html", "<h1>site</h1>\n")
        site.writestr("css/style.css", "h1 { color: red }\n")
        site.writestr("img/logo.png", b"\x89PNG logo")


def _perms(folder: pathlib.Path) -> None:
    put(folder, "run.sh", "#!/bin/bash\necho hi\n", 0o644)
    put(folder, "deploy.sh", "#!/bin/bash\necho deploy\n", 0o755)
    put(folder, "id_rsa", "PRIVATE KEY\n", 0o644)
    put(folder, "secret.txt", "secret\n", 0o666)
    put(folder, "config.yml", "a: 1\n", 0o640)
    put(folder, "readme.txt", "read me\n", 0o644)
    put(folder, "locked.txt", "locked\n", 0o444)
    put(folder, "suid-tool", "#!/bin/bash\n", 0o4755)
    put(folder, "bin/tool", "#!/bin/bash\n", 0o755)
    put(folder, "owned.txt", "owned\n", 0o644)
    put(folder, "shared/doc.txt", "doc\n", 0o644)
    put(folder, "private/diary.txt", "dear diary\n", 0o644)
    put(folder, "web/index.html", "<h1>hi</h1>\n", 0o600)
    put(folder, "web/css/style.css", "h1 {}\n", 0o600)
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
    first = put(folder, "file1.iso", b"first image\n" * 1000)
    put(folder, "file2.iso", b"second image\n" * 1000)
    put(folder, "SHA256SUMS", f"{_digest('sha256', first)}  file1.iso\n{'0' * 64}  file2.iso\n")
    hello = put(folder, "hello.txt", "hello world\n")
    put(folder, "MD5SUMS", f"{_digest('md5', hello)}  hello.txt\n{'0' * 32}  file1.iso\n")
    release = put(folder, "release.tar.gz", gzip.compress(b"release\n", mtime=0))
    put(folder, "release.tar.gz.sha256", f"{_digest('sha256', release)}  release.tar.gz\n")
    put(folder, "copyA.txt", "same text\n")
    put(folder, "copyB.txt", "same text\n")
    put(folder, "copyC.txt", "other text\n")
    put(folder, "dirA/one.txt", "one\n")
    put(folder, "dirA/only.txt", "only here\n")
    put(folder, "dirB/one.txt", "one\n")
    put(folder, "encoded.txt", "c2VjcmV0IG1lc3NhZ2UK\n")


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
    "repo": repository,
    "repo-clean": clean_repository,
    "sums": _sums,
}


def build(name: str, folder: pathlib.Path) -> None:
    """Fill `folder` (created when missing) with the fixture `name`."""
    folder.mkdir(parents=True, exist_ok=True)
    FIXTURES[name](folder)
