"""Secrets are masked; what only looks a little like one is not."""

import re
import subprocess
import sys
import tracemalloc
from importlib import import_module

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hitl_cli.text.secrets import formats
from hitl_cli.text.secrets.masking import Mask, StreamMask, secret_variables
from tests.work import assert_linear

TOKENS = {
    "AWS key": "AKIA" + "ABCDEFGH23456777",
    "key": "aws_secret_access_key = " + "abcdEFGH0123/abcdEFGH0123/abcdEFGH012345",
    "GitHub token": "ghp_" + "a1B2" * 9,
    "GitLab token": "glpat-" + "a1B2-" * 4,
    "Slack token": "xoxb-" + "123456789012-abcdefABCDEF",
    "API key": "sk-proj-" + "a1B2c3" * 6,
    "Google key": "AIza" + "a1B2c3-" * 5,
    "Stripe key": "sk_live_" + "a1B2" * 6,
    "npm token": "npm_" + "a1B2c3" * 6,
    "PyPI token": "pypi-" + "AgEIcHlwaS5vcmc" * 3,
    "Hugging Face token": "hf_" + "a1B2c3" * 6,
    "SendGrid key": "SG." + "a1B2c3" * 4 + "." + "a1B2c3" * 6,
    "Telegram token": "123456789:AA" + "a1B" * 11,
    "JWT": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcDEF_-123",
    "authorization": "Authorization: Bearer abcdef123456",
    "password in an address": "postgres://app:s3cr3tpw@db.example.org/x",
    "private key": "-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----",
}


@pytest.mark.parametrize("name", TOKENS)
def test_known_tokens_are_masked(name: str) -> None:
    """The well-known kinds are found by their form, in the middle of a text."""
    text, masked = Mask({}).applied(f"before {TOKENS[name]} after\n")
    assert masked == (name,)
    assert text.startswith("before ")
    assert text.endswith(" after\n")
    assert TOKENS[name][-12:] not in text or name == "password in an address"
    assert "s3cr3tpw" not in text


def test_a_stream_is_masked_when_no_file_can_be_opened() -> None:
    """What the search needs is loaded before the command starts, which can use up all descriptors."""
    program = (
        "import resource, sys\n"
        "from hitl_cli.text.secrets.masking import Mask, StreamMask\n"
        "stream = StreamMask(Mask({}))\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))\n"
        "sys.stdout.buffer.write(stream.feed(b'AKIAABCDEFGH23456777\\nDB_PASSWORD=hunter2hunter2\\n'))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[AWS key: masked]\nDB_PASSWORD=[password: masked]\n"


def test_each_token_is_one_long_word() -> None:
    """A text of short words has none, and is not searched for any."""
    parser = import_module("re._parser")
    for pattern in formats.TOKENS.values():
        assert parser.parse(pattern).getwidth()[0] >= formats.SHORTEST_TOKEN, pattern
        assert "[^" not in pattern
        assert not re.search(r"\s|\\[sDW]|(?<!\\)\.", re.sub(r"\[[^]]+\]", "", pattern)), pattern
        assert not re.search(r"\[[^]]*(?:\s|\\[sDW])", pattern), pattern


@pytest.mark.parametrize(
    "text",
    [
        "commit 3089aa2d0f1e2b3c4d5e6f708192a3b4c5d6e7f8",
        "https://example.org/a:b/c@d sha256:9f86d081884c7d659a2feaa0c55ad015",
        "task-sk-short npm_config_cache=/home/a/.npm hf_hub user@host:22 skill-level-advanced",
        "/home/ada/keys/token.txt 2026-11-23T10:00:00Z 550e8400-e29b-41d4-a716-446655440000",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    """Hashes, identifiers, addresses and paths are no secrets."""
    assert Mask({}).applied(text) == (text, ())


def test_the_persons_own_secrets_are_masked_by_value() -> None:
    """Variables whose names say so are secret, wherever their values turn up."""
    variables = {
        "GITHUB_TOKEN": "abcdefgh", "DB_PASSWORD": "correct horse", "MY_API_KEY": "12345678", "PGPASSWORD": "pa55w0rd!",
        "PWD": "/home/ada/work", "SSH_AUTH_SOCK": "/tmp/ssh-agent", "PIN_TOKEN": "1234", "EDITOR": "/usr/bin/vim",
        "KEYBOARD": "qwertyuiop", "GPG_KEY_FILE": "/home/ada/key",
    }  # fmt: skip
    secrets = secret_variables(variables)
    assert set(secrets) == {"GITHUB_TOKEN", "DB_PASSWORD", "MY_API_KEY", "PGPASSWORD"}
    text, masked = Mask(secrets).applied("x=abcdefgh; 'correct horse' /usr/bin/vim")
    assert text == "x=[GITHUB_TOKEN: masked]; '[DB_PASSWORD: masked]' /usr/bin/vim"
    assert masked == ("GITHUB_TOKEN", "DB_PASSWORD")


KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEAabcdef\nzyxw\n-----END RSA PRIVATE KEY-----"
LINE = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gt"
WITHOUT_END = f"-----BEGIN OPENSSH PRIVATE KEY-----\n{LINE}\n{LINE}"
VALUES = {
    "DEPLOY_TOKEN": "hunter2hunter2",
    "LINES_SECRET": "first of it\nsecond of it\nthird",
    "WIDE_SECRET": "pässwörd-日本",
    "OTHER_TOKEN": "hunter2hunter2-and-more",
    "REPEATED_SECRET": "aaaaaaab",
}
LEAKS = ("hunter2", "second of it", "third", "pässwörd", "MIIEpA", "zyxw", LINE[:20], *TOKENS.values())


def streamed(data: bytes, sizes: list[int], secrets: dict[str, str]) -> str:
    """Return what a stream makes of `data` in chunks of these sizes, over and over."""
    stream = StreamMask(Mask(secrets))
    passed = []
    at = turn = 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        passed.append(stream.feed(data[at : at + size]))
        at, turn = at + size, turn + 1
    return b"".join([*passed, stream.rest()]).decode("utf-8", "surrogateescape")


def masked(data: bytes, secrets: dict[str, str]) -> str:
    """Return what is made of the whole."""
    return Mask(secrets).applied(data.decode("utf-8", "surrogateescape"))[0]


SECRETS = [*VALUES.values(), *TOKENS.values(), KEY, KEY.replace("\n", "\\n"), WITHOUT_END]
FILLERS = [
    "plain ",
    "é ü 日本",
    "\n",
    "\r\n",
    "\r",
    ".",
    "a",
    "first of it\n",
    "-----BEGIN PRIVATE KEY-----",
    "hunter2",
    LINE,
]
pieces = st.one_of(
    st.sampled_from(SECRETS).map(str.encode),
    st.sampled_from(SECRETS).map(lambda secret: secret.replace("\n", "\r\n").encode()),
    st.sampled_from(FILLERS).map(str.encode),
    st.binary(max_size=5),
    # What comes next lies across a border: of what is read at once, or of what is held back.
    st.builds(
        lambda border, before: b"." * (border - before),
        st.sampled_from([4095, 4096, 32_768, 65_536]),
        st.integers(0, 99),
    ),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(pieces, max_size=12).map(b"".join), st.lists(st.integers(1, 70), min_size=1, max_size=4))
def test_a_stream_is_masked_as_the_whole_is(data: bytes, sizes: list[int]) -> None:
    """A log is written piece by piece; however it is cut, it is what the whole is made of."""
    whole = masked(data, VALUES)
    scale = 1 + len(data) // 4000
    assert streamed(data, [size * scale for size in sizes], VALUES) == whole
    assert streamed(data, [4095], VALUES) == whole


@pytest.mark.parametrize("size", [1, 7, 64])
@pytest.mark.parametrize("secret", SECRETS)
def test_no_secret_passes_a_stream(secret: str, size: int) -> None:
    """Nor what a terminal makes of one that has several lines."""
    for printed in (secret, secret.replace("\n", "\r\n")):
        text = streamed(f"before {printed}\nand after\n".encode(), [size], VALUES)
        assert not [leak for leak in LEAKS if leak in text]
        assert text.startswith("before ")
        assert text.endswith("\nand after\n")
        assert ": masked]" in text


def test_a_line_without_an_end_is_masked() -> None:
    """Wherever in a long line a secret stands, as in a file of JSON."""
    secret = VALUES["DEPLOY_TOKEN"]
    data = f"{secret} ".encode() * 20_000
    assert streamed(data, [4095], VALUES) == "[DEPLOY_TOKEN: masked] " * 20_000


@pytest.mark.parametrize(
    "piece",
    [
        b"x",
        b"line of text\n",
        b"-----BEGIN PRIVATE KEY-----\n",
        LINE.encode() + b"\n",
        b"sk-aB3_",
        b"first of it\n",
        b"-sk-" + b"a" * 3000 + b"-pypi-" + b"a" * 1000,
    ],
)
def test_what_is_held_back_is_bounded(piece: bytes) -> None:
    """However long a line is, and whatever may become a secret: bytes of memory."""
    stream = StreamMask(Mask(VALUES))
    stream.feed(b"-----BEGIN PRIVATE KEY-----\n")
    chunk = piece * (4096 // len(piece))
    tracemalloc.start()
    for _ in range(80):
        stream.feed(chunk)
        assert tracemalloc.get_traced_memory()[0] < 400_000
    tracemalloc.stop()
    assert len(stream.rest()) < 200_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{KEY}\nafter\n", "[private key: masked]\nafter\n"),
        (f"{WITHOUT_END}\nabc=\nafter it\nmore\n", "[private key: masked]\nafter it\nmore\n"),
        (f"{WITHOUT_END}\n$ ls -l\n", "[private key: masked]\n$ ls -l\n"),
        (f'{{"key": "{KEY}"}}\n'.replace("\n", "\\n"), '{"key": "[private key: masked]"}\\n'),
        (f"-----BEGIN PRIVATE KEY-----\\n{LINE}\\n\nx y\n", "[private key: masked]\nx y\n"),
        (
            f"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0A\n\n{LINE}\nno more\n",
            "[private key: masked]\nno more\n",
        ),
        ("\n".join(f"+{line}" for line in KEY.split("\n")), "+[private key: masked]"),
        (
            "\n".join(f"a.pem-{line}" for line in WITHOUT_END.split("\n")) + "\n--\n",
            "a.pem-[private key: masked]\n--\n",
        ),
        (f"{KEY}\n" * 2, "[private key: masked]\n" * 2),
    ],
)
def test_a_private_key_ends_where_it_ends(text: str, expected: str) -> None:
    """At its END, or without one where lines look like something else: quoted, indented, in JSON, of a difference."""
    assert masked(text.encode(), {}) == expected
    assert streamed(text.encode(), [5], {}) == expected


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN RSA PRIVATE KEY-----\n" + "".join(f"{number}\n" for number in range(1, 100_001)),
        "".join(f"./src/{at}.py:    if '-----BEGIN RSA PRIVATE KEY-----' in text:\n" for at in range(9)),
        "x -----BEGIN PRIVATE KEY-----",
    ],
)
def test_the_name_of_a_private_key_hides_nothing(text: str) -> None:
    """Where no key follows, all is told, the line itself included."""
    assert masked(text.encode(), {}) == text
    assert streamed(text.encode(), [4095], {}) == text


@given(st.lists(st.binary(max_size=50), max_size=10))
def test_a_stream_without_secrets_is_left_as_it_is(chunks: list[bytes]) -> None:
    """Whatever bytes a command prints, they are in its log."""
    stream = StreamMask(Mask({}))
    assert b"".join([*map(stream.feed, chunks), stream.rest()]) == b"".join(chunks)


HOSTILE = [
    "-eyJ",
    "eyJabcdefgh.eyJ",
    "sk-",
    "-----BEGIN PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY-----\n",
    "a://b:",
    "SG.",
    "first of it\n",
    "password=",
    "PASSWORD=x;",
    'password: "x',
    "curl -u ",
    "authorization: bearer ",
    "cookie: a=",
    "<password>",
    "a:5432:b:c:\n",
    "machine a login b password ",
    "token token",
]


@pytest.mark.parametrize("piece", [*HOSTILE, "\\n!", "\\n", f"{LINE}\\n", "!\n"])
def test_masking_takes_linear_time(piece: str) -> None:
    """Whatever a text is made of: twice as much of it is at most twice the work."""
    mask = Mask(VALUES)
    assert_linear(lambda size: mask.applied(piece * (size // len(piece))), 1500)
    assert_linear(lambda size: mask.applied(KEY[:32] + piece * (size // len(piece))), 1500)


@pytest.mark.parametrize("piece", ["\\n!", f"{LINE}\\n", f"{LINE}\n", "!\n", f"{KEY[:32]}\n"])
def test_masking_a_stream_takes_linear_time(piece: str) -> None:
    """Also what is held back is not looked at again and again."""
    mask = Mask(VALUES)

    def stream(size: int) -> None:
        data = (KEY[:32] + piece * (size // len(piece))).encode()
        passing = StreamMask(mask)
        for at in range(0, size, 997):
            passing.feed(data[at : at + 997])
        passing.rest()

    assert_linear(stream, 100_000)
