"""`--llm package.module:Class`: a model class of any LlamaIndex integration, with its arguments from the settings."""

from collections.abc import Callable
from pathlib import Path

import pytest
from llama_index.core.agent.workflow import FunctionAgent, ReActAgent
from llama_index.core.llms.mock import MockLLM

from hitl_cli.loading.importing import Loaded, own_code
from hitl_cli.loading.references import Reference
from hitl_cli.session.own_models import lines_on_models
from tests.conftest import Hitl
from tests.model_server import Calls, ModelServer, Status, Text
from tests.terminal import Person

At = Callable[..., Person]

OPENAI = "llama_index.llms.openai:OpenAI"
NO_LLM_NAMED = """
from llama_index.core import Settings
from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent

class Flow(Workflow):
    @step
    async def go(self, ev: StartEvent) -> StopEvent:
        return StopEvent(result=str(await Settings.llm.acomplete(ev.user_msg)))
"""


@pytest.fixture
def options(
    environment: dict[str, str], bare_environment: dict[str, str], model: ModelServer
) -> dict[str, str]:
    """The variables of a person whose settings file names a class that talks to the scripted model."""
    file = Path(bare_environment["HOME"]) / ".config/hitl/config.toml"
    file.parent.mkdir(parents=True, mode=0o700)
    file.write_text(
        f'llm = "{OPENAI}"\n[llm_options]\nmodel = "gpt-4o-mini"\napi_base = "{model.url}"\n'
        'api_key = { env = "MY_VARIABLE" }\nmax_retries = 0\n'
    )
    file.chmod(0o600)
    return {"MY_VARIABLE": "sk-of-class"}


def test_class_of_the_settings_is_used_wherever_no_model_is_named(
    options: dict[str, str], hitl: Hitl, folder: Path, model: ModelServer
) -> None:
    """By `custom` and as LlamaIndex's default; a failure is told as one of this model, and `--llm` goes first."""
    (folder / "flow.py").write_text(NO_LLM_NAMED)
    model.reply(Text("Hello"), Text("`date`"), Status(401, "invalid_api_key"))
    assert hitl("run", "./flow.py", "hi", env=options).stdout.strip() == "Hello"
    assert hitl("run", "custom", "the time", env=options).returncode == 75
    assert {each["Authorization"] for each in model.headers} == {"Bearer sk-of-class"}
    assert {each["model"] for each in model.requests} == {"gpt-4o-mini"}
    ended = hitl("run", "./flow.py", "hi", env=options)
    told = " ".join(ended.stderr.split())
    assert ended.returncode == 69
    assert f"The model OpenAI gpt-4o-mini at {model.url} failed: its key was refused" in told
    assert "The settings llm and llm_options name it" in told
    other = hitl("run", "./flow.py", "hi", "--llm", "llama_index.core.llms.mock:MockLLM", env=options)
    assert other.stdout.strip() == "hi"


def test_agent_works_with_the_class_and_no_command_gets_its_key(
    options: dict[str, str], person: At, model: ModelServer
) -> None:
    """A command is proposed, approved and run; the variable that the options name is not in its environment.

    An explanation that fails names this model, too.
    """
    model.reply(Calls.of('echo "[$MY_VARIABLE]"'), Status(401, "invalid_api_key"), Text("Done."))
    at = person("run", "agent", "go", env=options, columns=200)
    at.sees(r"\$ echo")
    at.type("\x1bOQ")  # F2
    at.sees("No explanation: The model OpenAI gpt-4o-mini at .* its key was refused")
    at.approves("echo")
    assert at.leaves() == 0
    assert "[]\n" in at.everything
    assert "sk-of-class" not in at.everything
    assert "Done." in at.everything


@pytest.mark.parametrize(
    ("llm", "lines", "said"),
    [
        ("llama_index.llms.ollama:Ollama", "", "-m pip install llama-index-llms-ollama"),
        ("llama_index.llms.opena:OpenAI", "", "Did you mean llama_index.llms.openai?"),
        ("llama_index.llms:OpenAI", "", "llama_index.llms.openai:OpenAI"),
        ("llama_index.llms.openai:OpenAi", "", "has no OpenAi; nothing ran. Did you mean OpenAI?"),
        ("pathlib:Path", "", "pathlib:Path is not a class of a LlamaIndex language model"),
        ("openai", "", "Invalid --llm 'openai': expected package.module:Class"),
        (
            OPENAI,
            "max_token = 3",
            "has no argument 'max_token', which llm_options has; nothing ran. Did you mean max_",
        ),
        (OPENAI, 'max_tokens = "many"', "refuses its arguments (max_tokens: Input should be a valid integer"),
        (OPENAI, 'model = "none"', "cannot be used: ValueError: Unknown model 'none'"),
        (OPENAI, 'api_key = "sk-1"', 'write api_key = { env = "NAME" }'),
        (OPENAI, 'api_key = { env = "NONE" }', "the environment variable NONE for 'api_key' is not set"),
    ],
)
def test_class_that_cannot_be_used_is_one_sentence(
    options: dict[str, str], hitl: Hitl, bare_environment: dict[str, str], llm: str, lines: str, said: str
) -> None:
    """With the status of an invalid setting, and before anything runs."""
    (Path(bare_environment["HOME"]) / ".config/hitl/config.toml").write_text(f"[llm_options]\n{lines}\n")
    ended = hitl("run", "custom", "the time", "--llm", llm, env=options)
    assert ended.returncode == 2
    assert said in " ".join(ended.stderr.split())
    assert ended.stderr.count("hitl:") == 1


def test_doctor_checks_the_class(options: dict[str, str], hitl: Hitl) -> None:
    """It has the status that a run would have."""
    ended = hitl("doctor", env={**options, "HITL_LLM": "llama_index.llms.ollama:Ollama"})
    assert ended.returncode == 2
    assert "pip install llama-index-llms-ollama" in " ".join(ended.stdout.split())


def test_model_without_function_calling_is_explained(folder: Path) -> None:
    """An agent that reads its text works with it; one that needs function calling does not."""
    default = MockLLM()
    own = own_code(Reference.parse("custom", folder))
    text = lines_on_models(Loaded(ReActAgent(tools=[], llm=default), own), default)
    needed = lines_on_models(Loaded(FunctionAgent(tools=[], llm=default), own), default)
    assert text == [
        "MockLLM has no function calling: the agent finds its tool calls in the text, which is less reliable."
    ]
    assert needed == ["MockLLM has no function calling, and the agent Agent needs it."]
    assert lines_on_models(Loaded(ReActAgent(tools=[], llm=MockLLM()), own), default) == [
        "The workflow brings its own model, which stays as it is: MockLLM."
    ]
