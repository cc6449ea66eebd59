"""Which package brings a module that is missing, and the command that installs it into this environment."""

import os
import shlex
import sys
from pathlib import Path

_PACKAGES = {
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "fitz": "PyMuPDF",
    "github": "PyGithub",
    "google.genai": "google-genai",
    "llama_agents.client": "llama-agents-client",
    "llama_agents.server": "llama-agents-server",
    "llama_cloud_services": "llama-cloud-services",
    "PIL": "Pillow",
    "pptx": "python-pptx",
    "sklearn": "scikit-learn",
    "skimage": "scikit-image",
    "yaml": "PyYAML",
}
"""Modules whose package has another name; of all others, it is the same."""

_LLAMA_INDEX = "llama_index."
_LEVELS = 3  # of a module of an integration: llama_index.llms.ollama is in llama-index-llms-ollama


def package_of(module: str) -> str:
    """Return the name under which the package with a `module` is installed."""
    if module.startswith(_LLAMA_INDEX):
        return "-".join(module.split(".")[:_LEVELS]).replace("_", "-")
    parts = module.split(".")
    named = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
    found = next((_PACKAGES[name] for name in named if name in _PACKAGES), None)
    return found or parts[0].replace("_", "-")


def install_command(package: str) -> str:
    """Return the command that installs `package` where this program can import it."""
    prefix = Path(sys.prefix)
    if prefix.parts[-3:-1] == ("pipx", "venvs"):
        return f"pipx inject {prefix.name} {package}"
    if prefix.parts[-3:-1] == ("uv", "tools"):
        return f"uv tool install {prefix.name} --with {package}"
    return f"{python_command()} -m pip install {package}"


def python_command() -> str:
    """Return the command of the interpreter that runs this program."""
    is_active = os.environ.get("VIRTUAL_ENV") == sys.prefix
    return "python" if is_active else shlex.quote(sys.executable)
