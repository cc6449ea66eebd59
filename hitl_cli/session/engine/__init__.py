"""The adapter to LlamaIndex's engine: the only part of a session that knows its events, its state and its waits."""
