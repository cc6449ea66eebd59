"""The offline catalogue: everyday tasks in plain words, each with a shell command, and the search over them."""
