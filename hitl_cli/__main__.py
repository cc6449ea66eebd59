"""`python -m hitl_cli`: the same program as `hitl`."""

import sys

from hitl_cli import main

if __name__ == "__main__":
    if not sys.flags.safe_path:
        del sys.path[0]  # the current folder, whose files would shadow the libraries that the program imports
    raise SystemExit(main())
