"""A word that is misspelt gets a suggestion, wherever it is: references, settings, keys, values, rules, sessions."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitl_cli.text.suggestions import did_you_mean, ended, similar
from tests.conftest import Hitl

MISSPELT = {
    "run AGENT x": "Did you mean agent?",
    "run agnet x": "Did you mean agent?",
    "run ./flwo.py x": "Did you mean ./flow.py?",
    "run lib/flwo.py:flow x": "Did you mean lib/flow.py:flow?",
    "run lob/flow.py x": "Did you mean lib/flow.py?",
    "inspect flwo x": "Did you mean ./flow.py?",
    "log --status faild": "Did you mean failed?",
    "log --by persn": "Did you mean person?",
    "log --since yesteday": "did you mean yesterday?",
    "log --until tody": "did you mean today?",
    "log --since 3dyas": "did you mean 3 days?",
    "prune --older-than 12hous": "did you mean 12 hours?",
    "config set them dark": "Did you mean theme?",
    "config set key.reject f4": "Did you mean keys.reject?",
    "config set keys.rejct f4": "did you mean reject or reset?",
    "config set keys.reject entr": "did you mean enter?",
    "config set theme drak": "did you mean dark?",
    "config unset them": "Did you mean theme?",
}


def test_what_is_misspelt_gets_a_suggestion(hitl: Hitl, folder: Path) -> None:
    """On the command line: the workflow, the file, the folder, the value, the setting, the key."""
    (folder / "lib").mkdir()
    for file in ("flow.py", "lib/flow.py"):
        (folder / file).write_text("")
    found = {words: hitl(*words.replace(" x", "").split()).stderr for words in MISSPELT}
    assert {words: said for words, said in found.items() if MISSPELT[words] not in said} == {}
    assert all(said.count("\n") == 1 for said in found.values())


def test_misspelt_variable_is_named_by_the_doctor(hitl: Hitl) -> None:
    """It has no effect, and nothing else would say so."""
    found = hitl("doctor", env={"HITL_MODLE": "x", "HITL_CONFIG": ""}).stdout
    assert "settings       HITL_MODLE has no effect. Did you mean HITL_MODEL?" in found
    assert "HITL_CONFIG has no effect" not in found


@pytest.mark.parametrize(
    ("file", "text", "suggestion"),
    [
        (".config/hitl/config.toml", "modle = 'x'", "Did you mean model?"),
        (".config/hitl/config.toml", "[keys]\nstpo = 'f4'", "did you mean stop?"),
        (".config/hitl/rules.toml", "alow = ['ls']", "did you mean allow?"),
        ("../work/pyproject.toml", "[tool.hitl.wokflows]\na = 'b:c'", "Did you mean workflows?"),
    ],
)
def test_what_is_misspelt_in_a_file_gets_a_suggestion(
    hitl: Hitl, tmp_path: Path, file: str, text: str, suggestion: str
) -> None:
    """In the settings, the rules and the configuration of a project."""
    path = tmp_path / "home" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    assert suggestion in hitl("run", "nowhere" if "work" in file else "custom", "list files").stderr


@given(st.text(), st.lists(st.text()))
def test_any_word_can_be_looked_up(word: str, others: list[str]) -> None:
    """Only what is there is suggested, and a sentence has one end."""
    assert set(similar(word, others)) <= set(others)
    assert len(similar(word, others)) <= 3
    assert did_you_mean(word, []) == ""
    assert ended(f"a{word}")[-1] in ".?"
