"""How long a workflow may take: a person has no limit, and the workflow's own limit holds for its own work."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from workflows import Workflow

# Not public: the runtime of a workflow, and the results of its steps.
from workflows.runtime.runtime_decorators import BaseRuntimeDecorator
from workflows.runtime.types.plugin import RegisteredWorkflow, Runtime
from workflows.runtime.types.results import AddWaiter

from hitl_cli.errors import WorkflowError


class PatientRuntime(BaseRuntimeDecorator):
    """Calls `began` with each wait before the engine has it, and gives the engine the wait that this returns."""

    def __init__(self, decorated: Runtime) -> None:
        super().__init__(decorated)
        self.began: Callable[[AddWaiter[Any]], AddWaiter[Any]] = lambda added: added

    @classmethod
    def of(cls, workflow: Workflow) -> "PatientRuntime":
        """Return the runtime of `workflow`, after decorating it, if it was not."""
        runtime = workflow._runtime
        if not isinstance(runtime, cls):
            runtime = workflow._runtime = cls(runtime)
        return runtime

    def register(self, workflow: Workflow) -> RegisteredWorkflow:
        """Return `workflow` with steps that report their waits."""
        registered = super().register(workflow)
        return replace(
            registered, steps={name: self._reporting(step) for name, step in registered.steps.items()}
        )

    def _reporting(self, step: Callable[..., Any]) -> Any:
        async def reporting(*arguments: Any, **options: Any) -> Any:
            results = await step(*arguments, **options)
            return [self.began(each) if isinstance(each, AddWaiter) else each for each in results]

        return reporting


class WorkTime:
    """Measures how long a workflow works by itself, up to its own limit in seconds; None for no limit."""

    def __init__(self, limit: float | None, now: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._now = now
        self._worked = 0.0

    @contextmanager
    def counted(self, *, counts: bool) -> Iterator[None]:
        """Count the time in the block, unless the workflow waits for something else in it."""
        before = self._now()
        try:
            yield
        finally:
            elapsed = self._now() - before
            self._worked += elapsed if counts else 0.0

    def within(self, seconds: float) -> float:
        """Return so many seconds, or what is left of the limit, if that is less."""
        return seconds if self._limit is None else max(0.0, min(seconds, self._limit - self._worked))

    @property
    def told(self) -> str:
        """What a person should know about the limit when they are asked; empty if there is none."""
        if self._limit is None:
            return ""
        return f"The workflow's own time limit, {self._limit:g} s, does not run while you decide."

    def check(self) -> None:
        """Check that the limit has not passed.

        Raises:
            WorkflowError: It has.
        """
        if self._limit is not None and self._worked >= self._limit:
            raise WorkflowError(
                f"The workflow worked for {self._limit:g} s, its own time limit, without an end, so it was ended. Your "
                "time to decide did not count. A longer limit, or None for no limit, is given as "
                "Workflow(timeout=...). Nothing more was run."
            )
