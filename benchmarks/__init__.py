"""Speed and memory, measured and compared within one run: `python -m benchmarks`, or one of them by name."""
