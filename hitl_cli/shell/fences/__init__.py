"""The kinds of fences; `hitl_cli.shell.fence` takes the first that works here."""
