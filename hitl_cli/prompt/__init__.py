"""The question and the line under it: what a key does, and what must hold before a command may run."""
