"""Puts the index of the bundled catalogue into the wheel, so that the first start need not make it."""

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CatalogueIndexHook(BuildHookInterface[BuilderConfig]):
    """Makes the index when a wheel is built; in an editable install it is made at the first search."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the index to the files of a wheel of the given `version`, which is `standard` or `editable`."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        from hitl_cli.catalogue.index import write_bundled_index

        self._folder = tempfile.TemporaryDirectory()
        index = write_bundled_index(Path(self._folder.name))
        build_data["force_include"][str(index)] = f"hitl_cli/catalogue/{index.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the file that was added."""
        if version != "editable":
            self._folder.cleanup()
