"""The command line: parses arguments, calls one command, returns an exit status."""

from hitl_cli.cli.app import app, main

__all__ = ["app", "main"]
