"""Settings: flags over environment over file, each with its source."""

import json
import re
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
        ("model = ", "Cannot read the settings file"),
        ("modle = 'x'", "unknown setting 'modle'"),
        ("api_key = 'sk-x'", "unknown setting 'api_key'"),
        ("timeout = 'soon'", "Invalid timeout 'soon' in "),
        ("timeout = 0", "expected more than 0 seconds"),
        ("timeout = true", "Invalid timeout True in "),
        ("model = ''", "Invalid model '' in "),
        ("base_url = 'example.com'", "expected an address that starts with http"),
        ("cwd = '/nowhere/at/all'", "there is no folder /nowhere/at/all"),
        ("[keys]\nrejct = 'f4'", "config.toml: there is no action 'rejct'"),
        ("[keys]\nreject = 'hyper-x'", "the key of 'reject': 'hyper-x' has an unknown modifier"),
        ("[keys]\nreject = 'f2'", "F2 cannot be the key of both 'reject' and 'explain'"),
    ],
)
def test_broken_file_stops_everything(hitl: Hitl, file: Path, content: str, sentence: str) -> None:
    """A settings file that cannot be understood is never half used, nor shown as if it were."""
    file.write_text(content)
    for arguments in (["run", "custom", "x"], ["config"]):
        ended = hitl(*arguments, env={"HITL_MODEL": "", "OPENAI_BASE_URL": ""})
        assert (ended.returncode, ended.stdout) == (2, "")
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
    assert "Invalid --cwd" in ended.stderr


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


UNSET = {"OPENAI_API_KEY": "", "OPENAI_BASE_URL": "", "HITL_MODEL": ""}


def test_values_are_shown_as_they_are_set(hitl: Hitl, file: Path) -> None:
    """What stands beside a name can be given to `hitl config set`."""
    file.write_text('timeout = 0.5\n[keys]\nreject = ["f4", "ctrl-g"]\ncopy = []\n')
    rows = [re.split(r" {2,}", line) for line in hitl("config").stdout.splitlines()]
    values = {name: value for name, value, *_ in rows}
    assert (values["model_timeout"], values["timeout"], values["plain"]) == ("120", "0.5", "false")
    assert (values["keys.reject"], values["keys.copy"]) == ("f4, ctrl-g", '""')
    as_json = shown(hitl)
    assert as_json["plain"]["value"] is False
    assert as_json["keys"]["value"] == {"reject": ["f4", "ctrl-g"], "copy": []}


def test_the_model_is_named_with_a_remark_where_the_catalogue_answers(hitl: Hitl) -> None:
    """No remark is needed where the catalogue was chosen, or a model answers."""
    assert hitl("config", env=UNSET).stdout.splitlines()[0] == (
        "model          gpt-4.1-mini  "
        "(default; not used: no key, server or model class is set, so this answers: "
        "offline catalogue, no language model)"
    )
    assert hitl("config", env={"HITL_MODEL": "offline"}).stdout.startswith(
        "model          offline  (HITL_MODEL)\n"
    )
    assert shown(hitl)["model"]["remark"] is None


def test_keys_are_set_one_action_at_a_time(hitl: Hitl, file: Path) -> None:
    """One key, several, or none; everything else in the file stays."""
    file.write_text('# mine\n[keys] # of mine\nreset = "alt-z"\n')
    for name, value in (("keys.reject", "f4"), ("keys.copy", "alt-c, ctrl-x w"), ("keys.save", "")):
        ended = hitl("config", "set", name, value)
        assert (ended.returncode, ended.stdout) == (0, f"{name} is set in {file}\n")
    assert file.read_text() == (
        '# mine\n[keys] # of mine\nreset = "alt-z"\nreject = "f4"\ncopy = ["alt-c", "ctrl-x w"]\nsave = []\n'
    )


@pytest.mark.parametrize(
    ("content", "name", "value", "sentence"),
    [
        ("", "keys", "f4", "add the name of an action, as in: hitl config set keys.reject f4"),
        ("", "keys.rejct", "f4", "keys.rejct was not set: there is no action 'rejct'"),
        ("", "keys.reset", "f2", "F2 cannot be the key of both 'explain' and 'reset'"),
        ("", "keys.run", "", "the action 'run' needs a key"),
        ("keys = 3\n", "keys.reset", "alt-z", "keys.reset was not set: expected a table such as [keys]"),
        ("", "model_timeout", "-1", "model_timeout was not set: expected more than 0 seconds"),
        (
            "",
            "model",
            "",
            "expected text that is not empty. To remove it from the file: hitl config unset model",
        ),
        ('approve = "all"\n', "approve.mine", "x", "the file sets approve for every workflow"),
        ("", "approve", ",", "approve was not set: expected at least one name of a tool"),
        ("", "cwd.deep", "x", "There is no setting 'cwd.deep' in the file"),
        ("", "api_key", "sk-x", "it is never in the file. Set it in the environment, as OPENAI_API_KEY."),
        ("", "policy", "x", "it is never in the file. Set it in the environment, as HITL_POLICY."),
        ("model = ", "model", "x", "was not changed"),
    ],
)
def test_what_is_of_no_use_is_not_written(
    hitl: Hitl, file: Path, content: str, name: str, value: str, sentence: str
) -> None:
    """The sentence says why; the file stays as it was."""
    file.write_text(content)
    ended = hitl("config", "set", name, value)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert sentence in ended.stderr
    assert file.read_text() == content


def test_a_value_may_begin_with_a_hyphen(hitl: Hitl, file: Path) -> None:
    """It is no option."""
    assert hitl("config", "set", "system_prompt", "--terse").returncode == 0
    assert file.read_text() == 'system_prompt = "--terse"\n'


def test_a_setting_is_unset(hitl: Hitl, file: Path) -> None:
    """Unknown settings too, which fixes a file that hitl refuses."""
    file.write_text('# mine\ntimeout = 60\nmodle = "x"\n\n[keys]\nrejct = "f4"\nreset = "alt-z"\n')
    for name in ("timeout", "modle", "keys.rejct"):
        ended = hitl("config", "unset", name)
        assert (ended.returncode, ended.stdout) == (0, f"{name} is no longer set in {file}\n")
    assert file.read_text() == '# mine\n\n[keys]\nreset = "alt-z"\n'
    assert hitl("config").returncode == 0
    assert hitl("config", "unset", "keys.reset").returncode == 0
    assert file.read_text() == "# mine\n\n"
    assert hitl("config", "unset", "timeout").stdout == f"timeout is not set in {file}\n"
    ended = hitl("config", "unset", "modle")
    assert (ended.returncode, "There is no setting 'modle'" in ended.stderr) == (2, True)


def test_the_only_setting_is_unset(hitl: Hitl, file: Path) -> None:
    """The file stays, without content."""
    file.write_text("timeout = 60\n")
    ended = hitl("config", "unset", "timeout")
    assert (ended.returncode, ended.stdout) == (0, f"timeout is no longer set in {file}\n")
    assert file.read_text() == ""


def test_unset_makes_no_file(hitl: Hitl, file: Path) -> None:
    """Where there is none, nothing is set."""
    assert hitl("config", "unset", "timeout").returncode == 0
    assert not file.exists()


SECRET_URLS = [
    "http://ann:hunter2@{host}/v1",
    "http://hunter2@{host}/v1",
    "http://ann:hunter2@more@{host}/v1",
    "http://ann:/hunter2/@{host}/v1",
    "http://{host}/v1?api_key=hunter2",
    "http://{host}/v1?version=1&access_token=hunter2&x=1",
]


@pytest.mark.parametrize("url", SECRET_URLS)
def test_secrets_of_an_address_are_not_shown(hitl: Hitl, model: ModelServer, file: Path, url: str) -> None:
    """Neither by the list of settings nor by the doctor, nor if the address is invalid or does not answer."""
    address = url.format(host=model.url.removeprefix("http://").removesuffix("/v1"))
    file.write_text(f"base_url = '{address}'\n")
    env = {"OPENAI_BASE_URL": ""}
    for arguments in (
        ["config"],
        ["config", "--json"],
        ["doctor"],
        ["run", "agent", "x", "--base-url", address[1:]],
    ):
        ended = hitl(*arguments, env=env)
        assert "hunter2" not in ended.stdout + ended.stderr
        assert "***" in ended.stdout + ended.stderr
    ended = hitl("doctor", env={"OPENAI_BASE_URL": url.format(host="example.invalid")})
    assert "hunter2" not in ended.stdout
    assert "***" in ended.stdout


def test_address_without_secrets_is_shown_as_it_is(hitl: Hitl) -> None:
    """A port, a path with an @, a version."""
    for url in ("http://example.invalid:8080/@cf/v1?api-version=1", "https://example.invalid/accounts/@me"):
        assert shown(hitl, OPENAI_BASE_URL=url)["base_url"]["value"] == url


@pytest.mark.parametrize("url", ["http://[bad/v1", "http://", "http://host:99999/v1", "https://:80"])
def test_address_that_is_none(hitl: Hitl, url: str) -> None:
    """One sentence, and the doctor checks the rest."""
    env = {"OPENAI_BASE_URL": url}
    ended = hitl("config", env=env)
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert "expected the address of a server" in ended.stderr
    assert hitl("doctor", env=env).stdout.splitlines()[-1].startswith("catalogue")
