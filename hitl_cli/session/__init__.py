"""One conversation between a person, a workflow and a shell."""
