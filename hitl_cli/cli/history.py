"""What was recorded: `hitl sessions`, `hitl log`, `hitl show` and `hitl prune`."""

import typer

verbs = typer.Typer()
