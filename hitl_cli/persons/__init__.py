"""Who decides: a person at the terminal, a person in plain lines, or nobody."""
