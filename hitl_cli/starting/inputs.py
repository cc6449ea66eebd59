"""The start fields on the command line: `--input KEY=VALUE` and `--input-file FILE`."""

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hitl_cli.errors import UsageError
from hitl_cli.loading.files import MOST_BYTES, content


def _yaml(text: str) -> Any:
    import yaml  # slow to import, and few starts read it

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as problem:
        raise ValueError(str(problem)) from problem


_PARSERS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    ".json": ("JSON", json.loads),
    ".toml": ("TOML", tomllib.loads),
    ".yaml": ("YAML", _yaml),
    ".yml": ("YAML", _yaml),
}


_STANDARD_INPUT = "-"


@dataclass(frozen=True)
class GivenInputs:
    """What the command line says of start fields: the `texts` of `--input`, and the `values` in the file `source`."""

    texts: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""

    def __bool__(self) -> bool:
        return bool(self.texts or self.source)

    def __contains__(self, name: object) -> bool:
        return name in self.texts or name in self.values

    @classmethod
    def parse(
        cls, options: Sequence[str], file: str | None, folder: Path, read: Callable[[], bytes]
    ) -> "GivenInputs":
        """Return what `--input` and `--input-file` say; `--input` overrides the file.

        A path is relative to `folder`. `read` returns standard input, which is the file `-`.

        Raises:
            UsageError: One of them is invalid.
        """
        texts: dict[str, str] = {}
        for option in options:
            name, separator, text = option.partition("=")
            if not separator or not name:
                raise UsageError(
                    f"Invalid --input {option!r}: expected KEY=VALUE, as in --input topic=cats. Nothing ran."
                )
            if name in texts:
                raise UsageError(
                    f"Invalid --input: {name!r} is given twice. Give a list as {name}=one,two or as JSON. Nothing ran."
                )
            texts[name] = text
        if file is None:
            return cls(texts)
        if file == _STANDARD_INPUT:
            return cls(texts, _values(file, "JSON or YAML", _yaml, read()), "standard input")
        return cls(texts, _read(file, folder), file)


def _read(name: str, folder: Path) -> dict[str, Any]:
    path = folder / Path(name).expanduser()
    kind, parse = _PARSERS.get(path.suffix.lower(), ("", None))
    if parse is None:
        raise UsageError(
            f"Invalid --input-file {name!r}: expected a .json, .toml or .yaml file. Nothing ran."
        )
    data = content(path)
    if data is None:
        why = "it is not a file that can be read" if path.exists() else "there is no such file"
        raise UsageError(f"Invalid --input-file {name!r}: {why}. Nothing ran.")
    return _values(name, kind, parse, data)


def _values(name: str, kind: str, parse: Callable[[str], Any], data: bytes) -> dict[str, Any]:
    from pydantic_core import to_jsonable_python

    if len(data) > MOST_BYTES:
        raise UsageError(
            f"Invalid --input-file {name!r}: it has more than {MOST_BYTES:,} bytes. Nothing ran."
        )
    try:
        values = parse(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as problem:
        said = " ".join(str(problem).split()).rstrip(".")
        raise UsageError(
            f"Invalid --input-file {name!r}: it is not valid {kind} ({said}). Nothing ran."
        ) from problem
    if not isinstance(values, dict) or not all(isinstance(key, str) for key in values):
        raise UsageError(
            f"Invalid --input-file {name!r}: expected the names of start fields with their values. Nothing ran."
        )
    return {key: to_jsonable_python(value, fallback=str) for key, value in values.items()}
