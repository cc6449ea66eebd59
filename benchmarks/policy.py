"""How long a verdict takes: usual commands, long and hostile ones, and reading a file of rules."""

import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from hitl_cli.policy.files import builtin_rules, parse
from hitl_cli.policy.judge import Policy, judge
from hitl_cli.policy.surroundings import surroundings

_RULES = (
    'allow = ["git status*", "git log*", "git diff*", "ls*", "grep*", "wc*", "head*", "npm run test:*"]\n'
)
_COMMANDS = {
    "a simple command": "git status --short --branch",
    "a quoted argument": "grep -rn --include='*.py' 'def main' src",
    "a pipe": "git log --oneline -20 | grep -v 'fix; typo' | wc -l",
    "a compound of six": "git status && git diff --stat; ls -la | head -5; grep -c x a.txt 2>/dev/null | wc -l",
    "what is denied in a substitution": "echo \"$(bash -c 'sudo rm -rf /')\"",
    "50 parts": "; ".join(["ls -la"] * 50),
    "10,000 characters": "ls " + "a" * 9_990,
    "deep nesting": "(" * 200 + "ls" + ")" * 200,
    "many braces": "ls " + "{a,b}" * 20,
}


def _milliseconds(act: Callable[[], object], runs: int = 100) -> tuple[float, float]:
    """Return the median and the 99th percentile of some runs."""
    act()
    took = []
    for _ in range(runs):
        started = time.perf_counter()
        act()
        took.append((time.perf_counter() - started) * 1000)
    return statistics.median(took), sorted(took)[int(runs * 0.99)]


def main() -> None:
    """Print the milliseconds of each."""
    home = str(Path.home())
    rules = (*builtin_rules(), *parse(_RULES, "rules.toml", "", home).rules)
    around = surroundings("/bin/bash", Path.cwd(), home, {"PATH": "/usr/local/bin:/usr/bin:/bin"})
    for name, command in _COMMANDS.items():
        for reads in (False, True):
            policy = Policy(rules, reads)
            median, slow = _milliseconds(partial(judge, command, policy, around))
            decision = judge(command, policy, around).decision.value
            with_reads = " with reads" if reads else ""
            print(f"{name}{with_reads}: {median:.3f} ms, 99 % below {slow:.3f} ms ({decision})")
    examples = "".join(f'[[rule]]\nallow = "tool{n} a*"\nmatch = ["tool{n} a b"]\n' for n in range(100))
    median, slow = _milliseconds(lambda: parse(examples, "rules.toml", "", home), 20)
    print(f"reading 100 rules with an example each: {median:.1f} ms, 99 % below {slow:.1f} ms")
