"""What a model is told of how a command ended."""

import pytest

from hitl_cli.shell import CommandResult


@pytest.mark.parametrize(
    ("status", "limit", "told"),
    [
        (0, None, "Exit status: 0"),
        (123, None, "Exit status: 123"),
        (124, 5.0, "Exit status: 124 (stopped at its time limit of 5 s (124))"),
        (137, None, "Exit status: 137 (ended by SIGKILL (137))"),
    ],
)
def test_a_status_that_is_not_the_command_s_own_is_explained(
    status: int, limit: float | None, told: str
) -> None:
    """A number alone would not say that the command was stopped."""
    result = CommandResult("sleep 9", status, 5.0, "", time_limit=limit)
    assert told in result.report().split("\n")
