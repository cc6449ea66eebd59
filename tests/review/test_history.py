"""What a person typed before: kept for the next time, or not kept at all."""

from pathlib import Path

from hitl_cli.prompt.completion import CommandHistory


def test_what_begins_with_a_blank_is_not_kept(tmp_path: Path) -> None:
    """As in a shell: neither in this run nor in the file."""
    history = CommandHistory(tmp_path / "commands", {})
    for text in ("ls", " secret-thing", "\tother-thing", ""):
        history.append_string(text)
    assert history.get_strings() == ["ls"]
    assert list(CommandHistory(tmp_path / "commands", {}).load_history_strings()) == ["ls"]
    assert "thing" not in (tmp_path / "commands").read_text()


def test_a_secret_is_kept_for_this_run_only(tmp_path: Path) -> None:
    """The value of a variable that looks like a secret is not written to the file."""
    history = CommandHistory(tmp_path / "commands", {"API_TOKEN": "abcdef-123456"})
    history.append_string("curl -H abcdef-123456")
    assert history.get_strings() == ["curl -H abcdef-123456"]
    assert "abcdef" not in (tmp_path / "commands").read_text()
