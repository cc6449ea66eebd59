"""Options of programs without a table of what they read: which of them an open rule covers, though it names none.

Programs that run a project's code get only options that are known to name no other code and no file to write. Of other
programs, options are refused whose names say that they write, run or reach something.
"""

import posixpath
import re
from collections.abc import Sequence

from hitl_cli.policy.readers import names
from hitl_cli.policy.words import Word

_VALUE = r"(?:=.*)?"
_COMMON = r"-[qvsh]+|--(?:quiet|silent|verbose|version|help|color|no-color|colors|json)(?:=[\w-]*)?"
_SCRIPT = (
    r"--(?:ci|coverage|no-coverage|watch|no-watch|bail|silent|runInBand|passWithNoTests|if-present|long|all|depth"
    r"|workspaces|include-workspace-root|ignore-scripts|parseable|omit|loglevel|recursive|offline|production|prod|dev"
    rf"|frozen-lockfile|timeout|fix-dry-run){_VALUE}|-[slar]+|--workspace=[@\w/-]+|-w"
)

_OPTIONS = {
    "pytest": r"-[qvxslh]+|-[kmnr]\w*|--(?:lf|ff|sf|nf|sw|last-failed|failed-first|stepwise|exitfirst|collect-only|co"
    r"|strict-markers|strict|no-cov|showlocals|no-header|no-summary|fixtures|markers|forked|setup-show"
    r"|disable-warnings|cov)|--(?:maxfail|tb|durations|durations-min|timeout|numprocesses|dist|capture|verbosity"
    r"|reruns|show-capture|cov-fail-under|deselect|ignore|ignore-glob)(?:=.*)?|--cov=[\w./-]+"
    r"|--cov-report=term[\w-]*|-pno:\w+|-p no:\w+|-W (?:ignore|error|default|always|once)",
    "cargo": r"-[qv]+|-[jpFdie]\w*|-[AWDF] \S+|--(?:release|workspace|all|all-targets|all-features"
    r"|no-default-features|lib|bins|tests|examples|benches|doc|no-run|no-fail-fast|offline|frozen|locked|check|duplicates|keep-going|package"
    r"|features|exclude|test|bin|example|bench|jobs|message-format|profile|depth|edges|invert|no-deps|format-version"
    rf"){_VALUE}",
    "go": r"--?(?:v|race|short|cover|json|x|n|a|m|f|e|failfast|trimpath|benchmem|deps|find|run|count|timeout|parallel"
    rf"|cpu|bench|benchtime|p|skip|shuffle|tags|list|vet|covermode|coverpkg|all|src|cmd){_VALUE}",
    "eslint": r"-h|-f (?:stylish|json|compact|unix|html|tap)|--(?:ext|max-warnings|no-cache|ignore-pattern|no-ignore"
    r"|no-error-on-unmatched-pattern|no-inline-config|report-unused-disable-directives|no-warn-ignored|fix-dry-run"
    rf"|print-config){_VALUE}",
    "ruff": r"-[qvsen]+|--(?:statistics|diff|no-cache|exit-zero|show-files|show-settings|preview|no-fix|isolated"
    r"|check|select|ignore|extend-select|extend-ignore|output-format|line-length|target-version|exclude"
    rf"|per-file-ignores){_VALUE}",
    "mypy": r"-[vhpm]+|--(?:strict|pretty|show-[\w-]+|hide-[\w-]+|ignore-missing-imports|no-[\w-]+"
    r"|namespace-packages|explicit-package-bases|check-untyped-defs|disallow-[\w-]+|warn-[\w-]+|follow-imports"
    rf"|python-version|platform|exclude|allow-[\w-]+|strict-[\w-]+|enable-error-code|disable-error-code){_VALUE}",
    "black": r"-[qvltS]\w*|--(?:check|diff|line-length|target-version|fast|safe|preview|exclude|include"
    rf"|extend-exclude|skip-[\w-]+){_VALUE}",
    "isort": rf"-[cqvl]\w*|--(?:check|check-only|diff|profile|line-length|show-files|show-settings){_VALUE}",
    "flake8": r"-[qvj]\w*|--(?:max-line-length|select|ignore|extend-ignore|extend-select|max-complexity|count"
    r"|statistics|show-source|exclude|extend-exclude|per-file-ignores|benchmark|exit-zero|jobs|max-doc-length"
    rf"){_VALUE}",
    "pylint": r"-[Ejdershv]+\w*|--(?:disable|enable|errors-only|score|reports|jobs|fail-under|max-line-length"
    rf"|ignore|recursive|disable-all){_VALUE}",
    "prettier": r"-[clu]|--(?:check|list-different|loglevel|log-level|ignore-unknown|print-width|tab-width"
    rf"|single-quote|no-semi|no-config){_VALUE}",
    "jest": r"-[tiowb]|--(?:ci|coverage|watch|watchAll|bail|runInBand|testNamePattern|testPathPattern|onlyChanged"
    r"|findRelatedTests|passWithNoTests|maxWorkers|listTests|no-coverage|no-cache|detectOpenHandles|forceExit"
    rf"|selectProjects|testTimeout|testPathIgnorePatterns){_VALUE}",
    "vitest": rf"-t|--(?:run|coverage|bail|testNamePattern|changed|passWithNoTests|watch|no-watch|maxWorkers){_VALUE}",
    "mocha": r"-[gfibtsj]\w*|--(?:grep|fgrep|invert|bail|timeout|recursive|slow|exit|ci|parallel|jobs|retries"
    rf"|forbid-only){_VALUE}",
    "rspec": r"-[etbpc]|--(?:example|tag|fail-fast|order|seed|backtrace|profile|only-failures|next-failure|dry-run"
    rf"){_VALUE}",
    "phpunit": rf"--(?:filter|testsuite|group|exclude-group|stop-on-\w+|testdox|no-coverage|list-tests){_VALUE}",
    "tsc": r"--(?:noEmit|pretty|skipLibCheck|strict|listFiles|showConfig|noErrorTruncation|diagnostics"
    r"|extendedDiagnostics|traceResolution|explainFiles|listFilesOnly|project)|-[vhp]",
    "make": r"-[ksnBwqhj]+\d*|--(?:keep-going|dry-run|just-print|recon|always-make|jobs|no-print-directory"
    rf"|print-directory|trace|output-sync){_VALUE}",
    "just": rf"-[lnqv]+|--(?:list|dry-run|summary|show){_VALUE}",
    "rake": rf"-[nqvtTPm]+|--(?:trace|dry-run|tasks){_VALUE}",
    "task": r"-[nsvl]+|--(?:dry|list|list-all|summary|force|status|parallel)",
    "invoke": r"-[l]|--(?:list|dry|echo)",
    "ant": r"-(?:q|v|k|d|quiet|verbose|keep-going|debug|silent|diagnostics)",
    "mvn": r"-(?:q|X|B|o|e|ntp|am|amd|V|fae|ff|fn|T\w*|pl)|-D(?:test|it\.test|skipTests|skipITs|maven\.test\.skip)"
    r"(?:=[\w#.*,+-]*)?|--(?:batch-mode|offline|errors|no-transfer-progress|also-make|fail-at-end|fail-fast"
    rf"|show-version|projects){_VALUE}",
    "gradle": r"-[qidsSm]|-x|--(?:info|debug|stacktrace|no-daemon|offline|parallel|build-cache|no-build-cache|dry-run"
    rf"|continue|rerun-tasks|console|warning-mode|tests|scan|configuration|exclude-task){_VALUE}",
    "ninja": r"-[vkjlnd]\w*",
    "bazel": r"-[kstj]|--(?:test_output|test_filter|keep_going|jobs|cache_test_results|nocache_test_results"
    rf"|verbose_failures|curses|runs_per_test|noshow_progress|output){_VALUE}",
    "meson": rf"--(?:print-errorlogs|suite|list|timeout-multiplier|num-processes|no-rebuild|repeat){_VALUE}",
    "tox": r"-[eqvlp]+\w*|--(?:parallel|notest|develop)",
    "terraform": r"-(?:check|recursive|diff|no-color|json|compact-warnings)(?:=true)?",
    "coverage": rf"-[mi]|--(?:show-missing|skip-covered|skip-empty|fail-under|precision|omit|include|sort){_VALUE}",
    "nox": rf"-[slkrR]|--(?:session|sessions|list|keywords|reuse-existing-virtualenvs|no-install){_VALUE}",
    "cmake": rf"-j\w*|--(?:parallel|config|clean-first|build){_VALUE}",
    "npm": _SCRIPT,
}
# They pass what follows the name of a script on to it, which often is one of these.
_OPTIONS |= dict.fromkeys(
    ("yarn", "pnpm", "bun"), "|".join([_SCRIPT, *(_OPTIONS[each] for each in ("jest", "vitest", "mocha"))])
)
_SAME = {"py.test": "pytest", "gradlew": "gradle", "mvnw": "mvn", "gulp": "just", "grunt": "just"}
_OPTIONS |= {name: _OPTIONS[other] for name, other in _SAME.items()} | {"unittest": r"-[fbckv]+"}
RUNNERS = frozenset(_OPTIONS)
"""Programs that run code of the project, or load it."""

_TARGETS = names("make just rake task invoke gulp grunt ant mvn mvnw gradle gradlew ninja cmake")
"""Programs whose operands name more to run."""
# Options of those whose next word is a value.
_WITH_VALUE = names("-pl --projects --tests -x --exclude-task --config --build --console")
# Options of others whose next word is an expression, in which = sets nothing.
_SWITCH = re.compile(r"(?:V|VERBOSE|DEBUG|CI)=[01]")  # settings of make that name no code
_BEFORE_EXPRESSION = names("-k -m -t -run --run")

PREFIXES = frozenset(
    [
        *((name, "run") for name in names("uv poetry pdm hatch rye pipenv conda mamba pixi")),
        ("bundle", "exec"),
    ]
)
"""Programs and their subcommands that run the program in the words after them."""

_HARMLESS_SHORT = re.compile(r"-(?:[aAhjlLnNqsStTvVgGzZ0-9]+)?")
_SUSPICIOUS = re.compile(
    r"--(?:out|exec|cmd|command|eval|script|shell|pager|conf|rc|plugin|load"
    r"|require|import|module|filter|preview|bind"
    r"|write|in-?place|fix|del|remove|force|overwrite|log|dump|save|export|edit"
    r"|browser|hook|pre|post|init|run|call|before|after"
    r"|wrapper|prog|tool|compress|askpass|proxy|host|url|server|upload|download"
    r"|install|update|upgrade|cache|dir|temp|tmp"
    r"|target|prefix|root|user|use|with|lib|path|file|opt|set|define|env"
    r"|emit|key|ext|kill|stop|start|reset|replace|apply|add|web|open|backup|move|rename|clean|purge|prune|python)"
    r"|--[\w-]*(?:-|)(?:dir|file|path|cmd|command|exec|prog|program|plugin|plugins|options|config|script|write|report|hook)\b"
)


def why_uncovered(words: Sequence[Word], spelled: int, folder: str, *, network: bool) -> str | None:
    """Return why a rule that spells out the first `spelled` of `words` does not cover the others; None if it does.

    The program has no table of what it reads, and runs in `folder`; it may use the `network` or not.
    """
    name = program(words)
    known = f"{_COMMON}|{_OPTIONS[name]}" if name in _OPTIONS else None
    is_target, passed_on = name in _TARGETS, False
    before = ""
    for at, word in enumerate(words[spelled:], spelled):
        text, after = word.text or "-", words[at + 1].text if at + 1 < len(words) else ""
        what = "is an option or a setting that the rule does not spell out"
        if known is not None and text == "--":
            passed_on = True
        elif text.startswith("-") and len(text) > 1:
            is_known = known is not None and (
                re.fullmatch(known, text) or re.fullmatch(known, f"{text} {after}")
            )
            may_pass = (known is None or passed_on) and _is_innocent(text)
            if not (is_known or may_pass):
                return f"{word.raw} {what}"
        elif text.startswith("@") and not re.match(r"@[\w-]+/", text):
            return f"{word.raw} stands for what is in a file"
        elif "://" in text and not network:
            return f"{word.raw} is an address, and the rule does not spell that out"
        elif (
            known is not None
            and "=" in text
            and not _SWITCH.fullmatch(text)
            and (is_target or before not in _BEFORE_EXPRESSION)
        ):
            return f"{word.raw} {what}"
        elif known is not None and _leaves(text, folder):
            return f"{word.raw} is outside the folder, and the rule does not spell that out"
        elif (
            is_target
            and not _SWITCH.fullmatch(text)
            and (passed_on or name != "cmake")
            and before not in _WITH_VALUE
            and not text.isdigit()
        ):
            return f"{word.raw} names something else to run"
        elif name == "tsc" and text == "false":
            return f"{word.raw} {what}"
        before = text
    return None


def program(words: Sequence[Word]) -> str:
    """Return the name of the program that `words` run, without its folder; that after `uv run` and the like, too."""
    name = (words[0].text or "").rpartition("/")[2]
    if len(words) > 2 and (name, words[1].text) in PREFIXES:
        return (words[2].text or "").rpartition("/")[2]
    return name


def _is_innocent(text: str) -> bool:
    if text.startswith("--"):
        return _SUSPICIOUS.match(text) is None
    return _HARMLESS_SHORT.fullmatch(text) is not None


def _leaves(text: str, folder: str) -> bool:
    """Return whether `text` is a path out of `folder`."""
    if text.startswith("//") or not text.startswith(("/", ".")):
        return "/../" in f"/{text}/"
    path = posixpath.normpath(posixpath.join(folder, text.removesuffix("...")))
    return path != folder and not path.startswith(folder.rstrip("/") + "/")
