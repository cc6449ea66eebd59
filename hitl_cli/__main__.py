"""`python -m hitl_cli`: the same program as `hitl`."""

from hitl_cli import main

if __name__ == "__main__":
    raise SystemExit(main())
