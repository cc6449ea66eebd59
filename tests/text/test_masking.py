"""Secrets are masked; what only looks a little like one is not."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitl_cli.text.masking import Mask, StreamMask, secret_variables

TOKENS = {
    "AWS key": "AKIA" + "ABCDEFGH23456777",
    "AWS secret": "aws_secret_access_key = " + "abcdEFGH0123/abcdEFGH0123/abcdEFGH012345",
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
    "bearer token": "Authorization: Bearer abcdef123456",
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


@given(
    lines=st.lists(
        st.sampled_from(["plain", "é ü 日本", "my hunter2hunter2 here", KEY, "", "a=b"]), max_size=8
    ),
    cuts=st.lists(st.integers(0, 400), max_size=12),
)
def test_no_secret_passes_a_stream_however_it_is_cut(lines: list[str], cuts: list[int]) -> None:
    """A log is written piece by piece, and a piece can end in the middle of a secret."""
    stream = StreamMask(Mask({"DB_PASSWORD": "hunter2hunter2"}))
    data = "\n".join(lines).encode()
    places = sorted({min(cut, len(data)) for cut in cuts} | {0, len(data)})
    passed = b"".join(stream.feed(data[start:end]) for start, end in pairwise(places)) + stream.rest()
    for secret in (b"hunter2", b"MIIEpA", b"zyxw"):
        assert secret not in passed
    if KEY not in lines and "my hunter2hunter2 here" not in lines:
        assert passed == data


@given(st.lists(st.binary(max_size=50), max_size=10))
def test_a_stream_without_secrets_is_left_as_it_is(chunks: list[bytes]) -> None:
    """Whatever bytes a command prints, they are in its log."""
    stream = StreamMask(Mask({}))
    assert b"".join([*map(stream.feed, chunks), stream.rest()]) == b"".join(chunks)
