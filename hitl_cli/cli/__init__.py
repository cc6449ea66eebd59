"""The command line: arguments in, one call, an exit status out."""

from hitl_cli.cli.app import app, main

__all__ = ["app", "main"]
