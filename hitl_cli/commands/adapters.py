"""The adapters of a run: who decides, which model proposes, where the journal is stored."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hitl_cli.journal.store import Store

if TYPE_CHECKING:
    from hitl_cli.models.provider import ModelProvider, ModelWatcher
    from hitl_cli.session.ports import Person
    from hitl_cli.settings import Settings

    ProviderFactory = Callable[["Settings", "ModelWatcher"], "ModelProvider"]


@dataclass(frozen=True)
class Adapters:
    """The adapters of one run.

    Without a `person`, the user at the terminal decides. Without a `provider`, the model from the settings proposes.
    `store` is the class that opens the journal's file.
    """

    person: "Person | None" = None
    provider: "ProviderFactory | None" = None
    store: type[Store] = Store
