"""Nobody: what decides where there is no terminal."""

from collections.abc import Callable

from hitl_cli.decisions import Reply, Settlement, Stop
from hitl_cli.errors import UndecidedError
from hitl_cli.requests import FormRequest, Request, ToolRequest, UnknownOutcome


class NoPerson:
    """Decides nothing, for a program without a terminal."""

    is_present = False

    async def decide(
        self,
        request: Request,
        position: int,
        total: int,
        on_edit: Callable[[str], None],
    ) -> Reply:
        """Refuse to decide.

        Raises:
            UndecidedError: Always.
        """
        if isinstance(request, FormRequest):
            raise UndecidedError(
                "The workflow asks a question, and there is no terminal at which a person could answer it. "
                "Run hitl in a terminal."
            )
        if isinstance(request, ToolRequest):
            raise UndecidedError(
                f"The workflow wants to call {request.tool}. The call was not made, because there is no terminal to "
                "ask you. Run hitl in a terminal."
            )
        raise UndecidedError(
            "A command was proposed. It did not run, because there is no terminal to ask you. "
            "Run hitl in a terminal."
        )

    async def settle(self, lost: UnknownOutcome) -> Settlement | Stop:
        """Give no answer.

        Raises:
            UndecidedError: Always.
        """
        raise UndecidedError(
            "The outcome of a command is unknown, and there is no terminal to ask you about it; nothing ran. "
            "Run hitl resume in a terminal."
        )

    async def agrees(self, warning: str) -> bool:
        """Do not agree.

        Raises:
            UndecidedError: Always.
        """
        raise UndecidedError(
            f"{warning} There is no terminal to ask you whether to continue; nothing ran. Run hitl in a terminal."
        )
