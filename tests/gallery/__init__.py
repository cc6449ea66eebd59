"""Workflows as a LlamaIndex user writes them, none of which knows this project, and what a person answers to each."""
