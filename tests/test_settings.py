"""Settings: flags over environment over file, each with its source."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Hitl
from tests.model_server import ModelServer, Text


def shown(hitl: Hitl, **env: str) -> dict[str, dict[str, Any]]:
    """Return what `hitl config --json` says, by name."""
    ended = hitl("config", "--json", env=env)
    assert ended.returncode == 0, ended.stderr
    return {line["name"]: line for line in json.loads(ended.stdout)}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The settings file of the person."""
    path = tmp_path / "home" / ".config" / "hitl" / "config.toml"
    path.parent.mkdir(parents=True)
    return path


def test_environment_goes_before_the_file(hitl: Hitl, file: Path) -> None:
    """Each value says where it came from; the key is not shown."""
    file.write_text('model = "from-file"\ntimeout = 5\nbase_url = "http://file/v1"\nsystem_prompt = "Hi"\n')
    lines = shown(hitl, HITL_MODEL="from-environment", OPENAI_BASE_URL="http://environment/v1")
    assert (lines["model"]["value"], lines["model"]["source"]) == ("from-environment", "HITL_MODEL")
    assert (lines["base_url"]["value"], lines["base_url"]["source"]) == (
        "http://environment/v1",
        "OPENAI_BASE_URL",
    )
    assert (lines["timeout"]["value"], lines["timeout"]["source"]) == (5.0, str(file))
    assert (lines["model_timeout"]["value"], lines["model_timeout"]["source"]) == (120.0, "default")
    assert (lines["api_key"]["value"], lines["api_key"]["source"]) == ("(set)", "OPENAI_API_KEY")


def test_own_variable_goes_before_the_client_s(hitl: Hitl) -> None:
    """`HITL_BASE_URL`, then the client's variable, then LlamaIndex's."""
    every = {"HITL_BASE_URL": "http://a", "OPENAI_BASE_URL": "http://b", "OPENAI_API_BASE": "http://c"}
    assert shown(hitl, **every)["base_url"]["value"] == "http://a"
    assert shown(hitl, **{**every, "HITL_BASE_URL": ""})["base_url"]["value"] == "http://b"
    third = shown(hitl, **{**every, "HITL_BASE_URL": "", "OPENAI_BASE_URL": ""})
    assert third["base_url"]["value"] == "http://c"


def test_text_form_names_the_file(hitl: Hitl, file: Path) -> None:
    """Without `--json` there is a line for each setting, and the file's place."""
    lines = hitl("config").stdout.splitlines()
    assert lines[0] == "model          scripted  (HITL_MODEL)"
    assert lines[-1].endswith(str(file))
    assert "sk-secret" not in "".join(lines)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("model = ", "cannot be read"),
        ("modle = 'x'", "unknown setting 'modle'"),
        ("api_key = 'sk-x'", "unknown setting 'api_key'"),
        ("timeout = 'soon'", "timeout from"),
        ("timeout = 0", "it must be more than 0 seconds"),
        ("timeout = true", "timeout from"),
        ("model = ''", "model from"),
        ("base_url = 'example.com'", "must begin with http"),
        ("cwd = '/nowhere/at/all'", "there is no folder /nowhere/at/all"),
    ],
)
def test_broken_file_stops_everything(hitl: Hitl, file: Path, content: str, sentence: str) -> None:
    """A settings file that cannot be understood is never half used."""
    file.write_text(content)
    ended = hitl("run", "custom", "x", env={"HITL_MODEL": "", "OPENAI_BASE_URL": ""})
    assert ended.returncode == 2
    assert sentence in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_flags_go_before_all(hitl: Hitl, model: ModelServer, file: Path) -> None:
    """A flag wins over the variable and the file."""
    file.write_text('model = "from-file"\n')
    model.reply(Text("hello"))
    hitl("run", "agent", "--model", "from-flag", "x")
    assert model.requests[0]["model"] == "from-flag"


def test_bad_flag_is_a_usage_error(hitl: Hitl) -> None:
    """The sentence names the flag."""
    ended = hitl("run", "custom", "--cwd", "missing", "x")
    assert ended.returncode == 2
    assert "cwd from --cwd is of no use: there is no folder" in ended.stderr


def test_without_a_key_and_a_base_url_the_catalogue_answers(hitl: Hitl) -> None:
    """It says what it cannot do, and what to set."""
    ended = hitl("run", "agent", "tell me a story", env={"OPENAI_API_KEY": "", "OPENAI_BASE_URL": ""})
    assert ended.returncode == 69
    assert "needs a language model" in ended.stderr
    assert "OPENAI_API_KEY or OPENAI_BASE_URL" in ended.stderr


def test_base_url_of_the_environment_is_used_and_key_is_sent(hitl: Hitl, model: ModelServer) -> None:
    """The request goes to the person's server, with their key, and asks for the tokens."""
    model.reply(Text("hello"))
    assert hitl("run", "agent", "x").returncode == 0
    assert model.headers[0]["Authorization"] == "Bearer sk-secret"
    assert model.requests[0]["stream_options"] == {"include_usage": True}
