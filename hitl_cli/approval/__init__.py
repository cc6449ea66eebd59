"""Calls of tools that a person approves although the workflow does not ask.

`choice` says which tools, `agents` has agents use tools that ask, `calls` asks about each call and makes it, and
`announcement` says before the run what acts without asking.
"""
