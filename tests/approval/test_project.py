"""What a project says of the tools that must ask: it holds however the workflow is named, or nothing runs."""

from pathlib import Path

import pytest

from hitl_cli.commands.tool_choice import tool_choice
from hitl_cli.errors import UsageError
from hitl_cli.loading.references import Reference

NAMES = """
[tool.hitl.workflows]
chat = "app.flows:chat"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with two files; one of them can also be reached by a link."""
    (tmp_path / "src" / "app").mkdir(parents=True)
    (tmp_path / "src" / "app" / "flows.py").write_text("")
    (tmp_path / "other.py").write_text("")
    (tmp_path / "link.py").symlink_to("src/app/flows.py")
    return tmp_path


def asked(project: Path, configuration: str, reference: str, below: str = ".") -> tuple[str, ...]:
    """Return the tools that ask in a run of `reference` from the folder `below`."""
    (project / "pyproject.toml").write_text(NAMES + configuration)
    return tool_choice({}, Reference.parse(reference, project / below)).patterns


SPELLINGS = (
    ("chat", "."),
    ("chat", "src"),
    ("app.flows:chat", "."),
    ("src/app/flows.py", "."),
    ("./src/app/flows.py:chat", "."),
    ("app/flows.py", "src"),
    ("../app/../app/flows.py", "src/app"),
    ("link.py", "."),
)


@pytest.mark.parametrize("said", ["chat", "app.flows:chat", "./src/app/flows.py", "link.py:chat"])
def test_every_spelling_of_a_workflow_is_the_same(project: Path, said: str) -> None:
    """By its name, module, path or link, from any folder; a file stands for each in it."""
    configuration = f"[tool.hitl.approve]\n'{said}' = 'send_*'\n"
    for reference, below in SPELLINGS:
        assert asked(project, configuration, reference, below) == ("send_*",), (reference, below)
    assert asked(project, configuration, str(project / "src" / "app" / "flows.py")) == ("send_*",)
    assert asked(project, configuration, "other.py") == ()
    is_whole_file = said.endswith(".py")
    assert bool(asked(project, configuration, "app.flows:another")) == is_whole_file


def test_a_setting_of_the_person_is_for_every_spelling(project: Path) -> None:
    """A path in it is one from the current folder, or from the root of the project."""
    for said in ("chat", "./src/app/flows.py"):
        for reference, below in SPELLINGS:
            (project / "pyproject.toml").write_text(NAMES)
            choice = tool_choice({said: ("all",)}, Reference.parse(reference, project / below))
            assert choice.patterns == ("all",), (said, reference, below)


def test_tools_for_every_workflow_need_no_table(project: Path) -> None:
    """A text is for all of them."""
    assert asked(project, "[tool.hitl]\napprove = 'all'\n", "other.py") == ("all",)


@pytest.mark.parametrize(
    ("configuration", "said"),
    [
        ("[tool.hitl.approve]\nchta = 'all'\n", "there is no workflow 'chta'"),
        ("[tool.hitl.approve]\n'./chat.py' = 'all'\n", r"there is no workflow '\./chat\.py'"),
        ("[tool.hitl.approve]\nchat = 5\n", "expected names of tools"),
        ("[tool.hitl.aprove]\nchat = 'all'\n", r"has tool\.hitl\.aprove, which is neither"),
        ("[tool.hitl.approve]\nchat = 'all'\n[", r"pyproject\.toml cannot be read"),
    ],
)
def test_nothing_runs_if_it_is_not_certain_what_asks(project: Path, configuration: str, said: str) -> None:
    """A mistake in the configuration could be a tool that acts without asking."""
    with pytest.raises(UsageError, match=said) as raised:
        asked(project, configuration, "other.py")
    assert "othing ran" in str(raised.value)
