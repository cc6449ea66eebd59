"""The tables of programs that only read: `READERS`, and what is known about other programs' options.

A program or subcommand that is not here is unknown. The sources are the manuals of GNU coreutils 9, findutils 4.9,
sed 4.9, grep 3.8, git 2.39, ripgrep 14, fd 9, procps 4, util-linux 2.38, systemd 252, iproute2 6, Docker 27, kubectl
1.31, npm 10 and pip 24, and of FreeBSD's tools that macOS has.
"""

import re
from collections.abc import Sequence

from hitl_cli.policy.readers import (
    CHANGES,
    FIND_PREDICATES,
    NETWORK,
    RUNS,
    WRITES,
    Reader,
    begins_with,
    date,
    lists,
    names,
    no_secrets,
    only_options,
    only_words,
    options,
    printf,
    sed,
    tar,
    verbs,
)
from hitl_cli.policy.words import Word

RUNNERS = names(
    "make just rake task invoke gulp grunt ant mvn gradle gradlew ninja bazel meson "
    "tox nox npm yarn pnpm bun cargo "
    "go pytest py.test unittest jest vitest mocha rspec phpunit eslint tsc ruff mypy "
    "black flake8 pylint prettier cmake"
)
"""Programs that run code of the project, or load it: an option can name other code."""

RUNNER_OPTIONS = names(
    "-q -v -vv -x -s -k -m -l --lf --ff --sf --quiet --verbose --silent --maxfail "
    "--tb --durations --release --all --check "
    "--diff --workspace --lib --bins --tests --strict --watch --coverage --no-cov --json --version --help -h"
)
"""Options of these programs that name no code and no file."""

SUSPICIOUS = re.compile(
    r"-[oecxiw]|--(?:out|exec|cmd|command|eval|script|shell|pager|conf|rc|plugin|load"
    r"|require|import|module|filter|preview|bind"
    r"|write|in-?place|fix|del|remove|force|overwrite|log|dump|save|export|edit"
    r"|browser|hook|pre|post|init|run|call|before|after"
    r"|wrapper|prog|tool|compress|askpass|proxy|host|url|server|upload|download"
    r"|install|update|upgrade|cache|dir|temp|tmp"
    r"|target|prefix|root|user|use|with|lib|path|file|opt|set|define|env)"
)
"""How options of programs without a table begin that may write, or run something."""


_PLAIN = Reader()
_NOTHING = Reader(operands=0, check=only_options("(?!)"))
_DIFF = Reader(options(WRITES, "--output") | options(RUNS, "--ext-diff --textconv"))
_LIST_REFS = "--list -l --contains --no-contains --merged --no-merged --points-at"
_DOCKER = options(CHANGES, "-H --host -c --context --config --tls --tlscacert --tlscert --tlskey")
_KUBECTL = Reader(
    options(RUNS, "--kubeconfig -k --kustomize")
    | options(NETWORK, "-s --server --proxy-url --raw")
    | options("acts as somebody else", "--as --as-group --as-uid --token --user --username --password")
    | options(WRITES, "--cache-dir --profile-output --output-directory --log-dir --log-file"),
    with_value="nlofLc",
    check=no_secrets,
)
_PIP = Reader(
    options(WRITES, "--log --cache-dir --report")
    | options(RUNS, "--python")
    | options(
        NETWORK,
        "-o --outdated -u --uptodate -i --index-url --extra-index-url --proxy -f --find-links",
    ),
)

READERS: dict[str, Reader] = {
    **dict.fromkeys(
        names(
        "ls dir vdir cat tac head tail wc stat du df ps pwd id whoami groups uname nproc uptime free "
        "which echo basename dirname realpath readlink nl cut paste tr fold expand unexpand fmt column comm "
        "cmp diff md5sum sha1sum sha224sum sha256sum sha384sum sha512sum cksum b2sum sum od hexdump "
        "base32 strings seq true false sleep locale getconf lsblk lscpu lsusb lsmod pgrep pidof "
        "grep egrep fgrep jq readelf cal numfmt factor who w users last vmstat tty eza exa pstree "
        "findmnt lsns pr join look tsort"
    ),
        _PLAIN,
    ),
    "test": Reader(check=only_words(r"-[efdrwxsLhz]|!|=|!=|[^-!=(].*")),
    "printf": Reader(check=printf),
    "command": Reader(check=begins_with("-[vV]")),
    "type": _PLAIN,
    "date": Reader(options(CHANGES, "-s --set"), with_value="dfrI", check=date),
    "hostname": Reader(options(CHANGES, "-F --file -b --boot"), operands=0),
    "file": Reader(
        options(WRITES, "-C --compile") | options(RUNS, "-z -Z --uncompress --uncompress-noreport"),
        with_value="eFfmP",
    ),
    "tree": Reader(options(WRITES, "-o -R"), with_value="LPIHT"),
    "sort": Reader(
        options(WRITES, "-o --output -T --temporary-directory") | options(RUNS, "--compress-program"),
        with_value="ktS",
    ),
    "arch": Reader(operands=0),
    "base64": Reader(options(WRITES, "-o --output"), with_value="wi"),
    **dict.fromkeys(("nm", "size"), Reader(options(RUNS, "--plugin"))),
    "lspci": Reader(options(NETWORK, "-q -Q") | options(CHANGES, "-A -H -M -O"), with_value="dipsF"),
    "lsof": Reader(options(WRITES, "-D"), with_value="acdgiopsTuS"),
    "yq": Reader(options(WRITES, "-i --inplace --in-place -s --split-exp"), with_value="oIp"),
    **dict.fromkeys(("shuf", "iconv"), Reader(options(WRITES, "-o --output"), with_value="inft")),
    **dict.fromkeys(("ag", "ack"), Reader(options(RUNS, "--pager --ackrc --env --output"))),
    "uniq": Reader(operands=1),
    "xxd": Reader(operands=1),
    "rg": Reader(options(RUNS, "--pre --hostname-bin -z --search-zip"), with_value="efgtTmABCEjMr"),
    **dict.fromkeys(("fd", "fdfind"), Reader(options(RUNS, "-x -X --exec --exec-batch"), with_value="eEdtScj")),
    "find": Reader(check=only_options(FIND_PREDICATES, "writes, deletes, runs something, or is unknown")),
    "sed": Reader(check=sed),
    "tar": Reader(check=tar),
    "unzip": Reader(check=begins_with("-[lvZt]")),
    "zipinfo": _PLAIN,
    "dmesg": Reader(
        options(CHANGES, "-c -C -D -E -n --clear --read-clear --console-off --console-on --console-level"),
        with_value="fls",
    ),
    "journalctl": Reader(
        options(
            CHANGES, "--vacuum-size --vacuum-time --vacuum-files --rotate --flush --sync --relinquish-var --setup-keys "
            "--update-catalog --smart-relinquish-var"
        ) | options(WRITES, "--cursor-file"),
        with_value="unpotgSUMDc",
    ),
    "ss": Reader(options(CHANGES, "-K --kill") | options(WRITES, "-D --diag"), with_value="fAF"),
    "netstat": _PLAIN,
    "mount": _NOTHING,
    "ip": Reader(
        check=only_words(
            r"-(?:[46]|br|brief|c|color|o|oneline|s|stats|d|details|j|json|p|pretty)|a|addr"
            r"|address|r|route|l|link|n|neigh"
            r"|show|list|ls|dev|up|[a-z]{2,4}\d[\w.]*|lo"
        ),
        operands=4,
    ),
    **dict.fromkeys(
        verbs(
            "systemctl",
            "status, show, cat, is-active, is-enabled, is-failed, list-units, list-unit-files, list-timers, "
            "list-sockets, list-dependencies",
        ),
        Reader(options(NETWORK, "-H --host -M --machine"), with_value="tnopP"),
    ),
    # git
    **dict.fromkeys(
        verbs(
            "git",
            "status, rev-parse, ls-files, ls-tree, merge-base, name-rev, describe, show-ref, for-each-ref, "
            "count-objects, check-ignore, check-attr, check-mailmap, version, cherry, worktree "
            "list, var, bisect log",
        ),
        _PLAIN,
    ),
    **dict.fromkeys(
        verbs(
            "git",
            "log, diff, show, whatchanged, diff-tree, diff-index, diff-files, rev-list, shortlog, range-diff, "
            "stash list, stash show, blame, annotate",
        ),
        _DIFF,
    ),
    "git grep": Reader(options(RUNS, "-O --open-files-in-pager --textconv --ext-grep"), with_value="efmABC"),
    "git cat-file": Reader(options(RUNS, "--textconv --filters")),
    "git branch": Reader(
        options(CHANGES, "-d -D -m -M -c -C -f -u -t --delete --move --copy --force --set-upstream-to --set-upstream "
                 "--unset-upstream --track --no-track --create-reflog")
        | options(RUNS, "--edit-description"),
        check=lists(_LIST_REFS),
    ),
    "git tag": Reader(
        options(CHANGES, "-d -a -s -u -m -F -f -e --delete --annotate --sign --local-user --message --file --force "
                 "--edit --create-reflog --trailer --cleanup") | options(RUNS, "-v --verify"),
        with_value="n",
        check=lists(_LIST_REFS),
    ),
    "git remote": Reader(operands=0),
    "git remote get-url": _PLAIN,
    "git remote show": Reader(network=True),
    "git reflog": Reader(_DIFF.harmful, check=only_words(r"show|HEAD.*|-.*")),
    "git config": Reader(
        check=only_words(
            r"--(?:get|get-all|get-regexp|list|show-origin|show-scope|local|global|system"
            r"|name-only|null)|-l|-z|[\w.-]+\.[\w.*-]+"
        ),
        operands=1,
    ),
    "git config get": Reader(
        check=only_words(r"--(?:all|show-origin|local|global|system)|[\w.-]+\.[\w.*-]+"), operands=1
    ),
    "git config list": _NOTHING,
    "git submodule status": _PLAIN,
    "git ls-remote": Reader(
        options(RUNS, "--upload-pack --exec"), network=True, check=only_words(r"(?!.*::).*")
    ),
    # containers and clusters
    **dict.fromkeys(
        verbs(
            "docker",
            "ps, images, info, version, inspect, logs, top, port, stats, history, diff, container ls, "
            "container list, container inspect, image ls, image inspect, volume ls, volume inspect, network "
            "ls, network inspect, compose ps, compose ls, compose images, compose logs, compose top, compose "
            "version, system df, context ls",
        ),
        Reader(_DOCKER, with_value="fn"),
    ),
    **dict.fromkeys(
        verbs(
            "kubectl",
            "get, describe, logs, top, version, api-resources, api-versions, explain, cluster-info",
        ),
        _KUBECTL,
    ),
    "kubectl config current-context": _PLAIN,
    "kubectl config get-contexts": _PLAIN,
    # packages
    **dict.fromkeys(
        verbs("npm", "ls, list, ll, root, prefix"),
        Reader(check=only_options(r"-(?:g|l|p|a)|--(?:global|all|long|json|parseable|depth(?:=.*)?|omit(?:=.*)?)")),
    ),
    **dict.fromkeys(
        [f"{pip} {verb}" for pip in ("pip", "pip3") for verb in ("list", "show", "freeze", "check")], _PIP
    ),
    # The version of a program, and nothing else. A project can name the program of yarn, pnpm, cargo, rustc and go.
    **dict.fromkeys(
        [f"{program} --version" for program in names(
        "python python3 node ruby perl php java npm git docker kubectl gcc clang "
        "make cmake bash zsh pip pip3 uv terraform helm vim nvim ssh curl wget"
    )],
        _NOTHING,
    ),
    **dict.fromkeys(("python -V", "python3 -V", "node -v", "npm -v", "ruby -v", "php -v"), _NOTHING),
}  # fmt: skip


def reader_of(words: Sequence[Word]) -> tuple[Reader, int] | None:
    """Return what is known about the command in `words`, and how many of them name it; None if it is unknown."""
    texts = [word.text for word in words[:3]]
    for count in range(len(texts), 0, -1):
        name = tuple(texts[:count])
        found = READERS.get(" ".join(text or "\0" for text in name))
        if found is not None:
            return found, count
    return None
