"""Tests of calls of tools that a person approves."""
