"""Sends the first request of a bundled workflow before anything else of the run is loaded, where that is possible."""

from functools import partial
from typing import TYPE_CHECKING

from hitl_cli.commands.adapters import Adapters
from hitl_cli.commands.rules_of_run import RulesOfRun
from hitl_cli.environment import Environment
from hitl_cli.loading.references import BUNDLED, Reference
from hitl_cli.settings import Settings

if TYPE_CHECKING:
    from hitl_cli.models.early_request import EarlyRequest

_VERSIONED = ("hitl-terminal", "llama-index-core", "llama-index-llms-openai", "llama-index-workflows")


def early_request(
    environment: Environment,
    settings: Settings,
    reference: Reference,
    request: str,
    adapters: Adapters,
    rules: RulesOfRun,
) -> "EarlyRequest | None":
    """Return the early request of a run of `reference` on `request`; None if there is none. Nothing is sent yet.

    Where there are `rules`, they are checked first: nothing is sent for a run that they refuse.

    Raises:
        UsageError: The rules are invalid.
    """
    is_possible = settings.early_request.value and not settings.is_offline and settings.llm_class is None
    if not is_possible or adapters.provider or reference.text not in BUNDLED or reference.file is None:
        return None
    if rules.exist():
        rules.checked()
    from importlib.metadata import version

    from hitl_cli.models.chat_client import ChatClient
    from hitl_cli.models.early_request import EarlyRequest
    from hitl_cli.models.first_requests import known_shape
    from hitl_cli.models.request_shapes import FILE, Shapes, Texts, key_of
    from hitl_cli.shell_program import machine, shell_program

    instructions = settings.system_prompt.value or ""
    versions = {name: version(name) for name in _VERSIONED}
    described = machine(shell_program(environment.variables))
    used = (
        settings.model.value,
        settings.base_url.value,
        settings.max_tokens.value,
        bool(instructions),
        described,
    )
    return EarlyRequest(
        Shapes(environment.cache_folder / FILE, environment.variables),
        key_of(reference.file, versions, *used),
        Texts(request, instructions),
        partial(ChatClient.of, settings),
        known_shape(reference.text, reference.file, settings, described, versions),
    )
