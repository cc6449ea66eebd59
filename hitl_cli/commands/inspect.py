"""`hitl inspect`: the structure of a workflow and the mistakes in it. The workflow is imported but not run."""

import asyncio
from pathlib import Path

from hitl_cli.inspection.structure import Structure, structure_of
from hitl_cli.loading.importing import loaded, own_code
from hitl_cli.loading.references import Reference


def inspect_workflow(text: str, folder: Path) -> Structure:
    """Return the structure of the workflow that `text` names in `folder`.

    Raises:
        LoadError: The workflow cannot be found or imported.
    """
    reference = Reference.parse(text, folder)
    with loaded(reference, own_code(reference), asyncio.run) as found:
        return structure_of(found)
