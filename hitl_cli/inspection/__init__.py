"""What a workflow is made of, for its author: `structure` reads it, `traps` finds mistakes, `drawing` draws both."""
