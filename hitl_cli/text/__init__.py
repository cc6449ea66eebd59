"""Text from a model, a file or a child process, made safe and honest to look at."""
