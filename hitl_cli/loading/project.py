"""What a project's configuration says of its workflows: their names, and the variables that they need.

The formats are those of `hitl` (`[tool.hitl.workflows]` in pyproject.toml) and of LlamaIndex's own tools: `llamactl`
(llama-agents-core 0.10, `deployment_config.py`) and `llama_deploy` (0.9, `deployment_config_parser.py`).
"""

import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hitl_cli.errors import LoadError
from hitl_cli.loading.files import MOST_BYTES, content
from hitl_cli.text.suggestions import did_you_mean

_KEYS = ("workflows", "approve")  # of [tool.hitl]
_PYPROJECT = "pyproject.toml"
_TOML = ("llama_agents.toml", "llama_deploy.toml")
_YAML = ("llama_agents.yaml", "llama_deploy.yaml", "llama_agents.yml", "llama_deploy.yml")
_FILES = (_PYPROJECT, *_TOML, *_YAML)


@dataclass(frozen=True)
class Named:
    """A workflow that a project gives a `name`.

    `target` is `package.module:name` or `file.py:name`, `source` the file that says so, and `path` are folders of
    modules beside those that every project has.
    """

    name: str
    target: str
    source: str
    path: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Project:
    """A folder with a configuration: its workflows by their names, and what is wrong with its files.

    `approve` says which tools ask before they are called, as the file has it. `approve_problem` is a sentence if that
    is not certain.
    """

    root: Path
    workflows: Mapping[str, Named] = field(default_factory=dict)
    distribution: str = ""
    problems: tuple[str, ...] = ()
    approve: Any = field(default_factory=dict)
    approve_problem: str = ""
    _env: Mapping[str, str] = field(default_factory=dict)
    _env_files: tuple[Path, ...] = ()
    _required: tuple[str, ...] = ()

    @property
    def path(self) -> tuple[Path, ...]:
        """The folders in which its modules are found."""
        source = self.root / "src"
        return (source, self.root) if source.is_dir() else (self.root,)

    def variables(self) -> dict[str, str]:
        """Return the environment variables that the configuration sets, itself or in its `env_files`.

        Raises:
            LoadError: A file of them cannot be read, or one that the configuration requires is not set.
        """
        found = dict(self._env)
        for file in self._env_files:
            found |= _dotenv(file)
        found = {name: value for name, value in found.items() if value}
        missing = sorted(name for name in self._required if not (found.get(name) or os.environ.get(name)))
        if missing:
            raise LoadError(
                f"The project in {self.root} requires environment variables that are not set: "
                f"{', '.join(missing)}. Nothing ran. Set them, or add them to one of its env_files."
            )
        return found


def project_of(folder: Path) -> Project | None:
    """Return the project that `folder` belongs to: its own, or that of the nearest folder above with a configuration.

    The search ends at a folder that belongs to somebody else.
    """
    try:
        owner = folder.stat().st_uid
        for each in (folder, *folder.parents):
            if each.stat().st_uid != owner:
                return None
            if any((each / name).is_file() for name in _FILES):
                return _read(each)
    except OSError:
        pass
    return None


def _read(root: Path) -> Project:
    problems: list[str] = []
    pyproject = _toml(root / _PYPROJECT, problems)
    tool = _table(pyproject.get("tool"))
    metadata = _table(pyproject.get("project"))
    hitl = _table(tool.get("hitl"))
    approve_problem = ""
    if problems and b"approve" in (content(root / _PYPROJECT) or b""):
        approve_problem = problems[0]
    elif unknown := [key for key in hitl if key not in _KEYS]:
        what = f"{_PYPROJECT} has tool.hitl.{unknown[0]}, which is neither workflows nor approve."
        approve_problem = f"{what} {did_you_mean(unknown[0], _KEYS)}".rstrip()
        problems.append(approve_problem)
    own = _names(hitl.get("workflows"), _PYPROJECT)
    # A file of its own goes before pyproject.toml, and the newer name before the older one.
    deployment, source = _table(tool.get("llamaagents")) or _table(tool.get("llamadeploy")), _PYPROJECT
    if file := next((name for name in _TOML if (root / name).is_file()), None):
        deployment, source = _toml(root / file, problems), file
    parts = [_Deployment.of(deployment, source, root)]
    if not parts[0].workflows and (file := next((name for name in _YAML if (root / name).is_file()), None)):
        parts.append(_Deployment.of(_yaml(root / file, problems), file, root))
    workflows = {each.name: each for each in own}
    for part in parts:
        workflows = {each.name: each for each in part.workflows} | workflows
    name = metadata.get("name")
    return Project(
        root,
        workflows,
        name if isinstance(name, str) else "",
        tuple(problems),
        hitl.get("approve", {}),
        approve_problem,
        {name: value for part in parts for name, value in part.env.items()},
        tuple(file for part in parts for file in part.env_files),
        tuple(name for part in parts for name in part.required),
    )


@dataclass(frozen=True)
class _Deployment:
    workflows: tuple[Named, ...]
    env: Mapping[str, str]
    env_files: tuple[Path, ...]
    required: tuple[str, ...]

    @classmethod
    def of(cls, data: Mapping[str, Any], source: str, root: Path) -> "_Deployment":
        """Read the table of a deployment; one with `services` has the older format of llama_deploy."""
        workflows = list(_names(data.get("workflows"), source))
        if isinstance(app := data.get("app"), str):
            workflows += [Named(name, app, source) for name in (data.get("name"),) if isinstance(name, str)]
        env = dict(_texts(data.get("env")))
        env_files = [root / each for each in _listed(data.get("env_files"))]
        for name, service in _table(data.get("services")).items():
            service = _table(service)
            target = service.get("import-path", service.get("import_path", service.get("path")))
            if isinstance(target, str):
                workflows.append(_service(name, target, _table(service.get("source")), source, root))
            env |= dict(_texts(service.get("env")))
            env_files += [root / each for each in _listed(service.get("env-files", service.get("env_files")))]
        return cls(tuple(workflows), env, tuple(env_files), tuple(_listed(data.get("required_env_vars"))))


def _service(name: str, target: str, location: Mapping[str, Any], source: str, root: Path) -> Named:
    """Return a service: its import path may begin with folders, as in `src/module:workflow`."""
    where, _, attribute = target.partition(":")
    folder, _, module = where.rpartition("/")
    base = location.get("location", location.get("name", "."))
    folders = (root / str(base) / folder, root / folder)
    path = tuple(Path(os.path.normpath(each)) for each in folders if each.is_dir())
    return Named(name, f"{module}:{attribute}" if attribute else module, source, path)


def _names(table: object, source: str) -> Iterator[Named]:
    for name, target in _texts(table):
        yield Named(name, target, source)


def _table(value: object) -> Mapping[str, Any]:
    return {str(key): each for key, each in value.items()} if isinstance(value, dict) else {}


def _texts(value: object) -> Iterable[tuple[str, str]]:
    return ((key, str(each)) for key, each in _table(value).items() if isinstance(each, str | int | float))


def _listed(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _toml(path: Path, problems: list[str]) -> Mapping[str, Any]:
    text = content(path)
    if text is None:
        return {}
    try:
        return tomllib.loads(_limited(text).decode())
    except (ValueError, RecursionError) as problem:
        problems.append(f"{path.name} cannot be read: {problem}.")
        return {}


def _yaml(path: Path, problems: list[str]) -> Mapping[str, Any]:
    import yaml

    text = content(path)
    if text is None:
        return {}
    try:
        return _table(yaml.safe_load(_limited(text)))
    except (yaml.YAMLError, ValueError, RecursionError) as problem:
        said = " ".join(str(problem).split())
        problems.append(f"{path.name} cannot be read: {said}.")
        return {}


def _limited(text: bytes) -> bytes:
    if len(text) > MOST_BYTES:
        raise ValueError(f"it has more than {MOST_BYTES:,} bytes")
    return text


def _dotenv(path: Path) -> dict[str, str]:
    import io

    from dotenv import dotenv_values

    text = content(path)
    if text is None:
        return {}
    try:
        values = dotenv_values(stream=io.StringIO(_limited(text).decode()))
    except ValueError as problem:
        raise LoadError(f"The variables in {path} cannot be read: {problem}. Nothing ran.") from problem
    return {name: value for name, value in values.items() if value is not None}
