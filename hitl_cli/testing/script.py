"""The failure of a test whose script does not fit what the workflow did."""


class ScriptError(AssertionError):
    """The workflow did something that the script has no answer to, or the script has more than the workflow used.

    It is an `AssertionError`, so that pytest and unittest report it as a failed test.
    """


def script_error_in(problem: BaseException | None) -> ScriptError | None:
    """Return the `ScriptError` that caused `problem`, if one did."""
    seen: set[int] = set()
    while problem is not None and id(problem) not in seen:
        if isinstance(problem, ScriptError):
            return problem
        seen.add(id(problem))
        problem = problem.__cause__ or problem.__context__
    return None
