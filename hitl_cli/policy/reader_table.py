"""The tables of programs that only read: `READERS`, and what is known about other programs' options.

A program or subcommand that is not here is unknown. The sources are the manuals of GNU coreutils 9, findutils 4.9,
sed 4.9, grep 3.8, git 2.39, ripgrep 14, fd 9, procps 4, util-linux 2.38, systemd 252, iproute2 6, Docker 27, kubectl
1.31, npm 10 and pip 24, and of FreeBSD's tools that macOS has.
"""

from collections.abc import Sequence

from hitl_cli.policy.awk_programs import awk
from hitl_cli.policy.reader_checks import (
    UNSEEN,
    all_of,
    date,
    filters,
    no_argument_files,
    no_secrets,
    no_signature,
    ps,
    tar,
)
from hitl_cli.policy.readers import (
    CHANGES,
    FIND_PREDICATES,
    NETWORK,
    RUNS,
    WRITES,
    Reader,
    begins_with,
    lists,
    names,
    only_forms,
    only_options,
    only_words,
    options,
    printf,
    sed,
    verbs,
)
from hitl_cli.policy.reading_forms import CHANGE_THE_SYSTEM
from hitl_cli.policy.words import Word

_PLAIN = Reader()
_NOTHING = Reader(operands=0, check=only_options("(?!)"))
_GIT = Reader(options(RUNS, "--help"))
_DIFF = Reader(
    options(WRITES, "--output") | options(RUNS, "--ext-diff --textconv --show-signature --help"),
    check=no_signature,
)
_LIST_REFS = "--list -l --contains --no-contains --merged --no-merged --points-at"
_DOCKER = options(CHANGES, "-H --host -c --context --config --tls --tlscacert --tlscert --tlskey")
_KUBECTL = Reader(
    options(RUNS, "--kubeconfig -k --kustomize")
    | options(NETWORK, "-s --server --proxy-url --raw")
    | options("acts as somebody else", "--as --as-group --as-uid --token --user --username --password")
    | options(WRITES, "--cache-dir --profile-output --output-directory --log-dir --log-file"),
    with_value="nloLc",
    check=no_secrets,
)
_PIP = Reader(
    options(WRITES, "--log --log-file --cache-dir --report")
    | options(RUNS, "--python")
    | options(
        NETWORK,
        "-o --outdated -u --uptodate -i --index-url --extra-index-url --proxy -f --find-links",
    ),
)

READERS: dict[str, Reader] = {
    **dict.fromkeys(
        names(
        "ls dir vdir cat tac head tail wc stat du df pwd id whoami groups uname nproc uptime free "
        "which echo basename dirname realpath readlink nl cut paste tr fold expand unexpand fmt column comm "
        "cmp diff md5sum sha1sum sha224sum sha256sum sha384sum sha512sum cksum b2sum sum od hexdump "
        "base32 seq true false sleep locale getconf lsblk lscpu lsusb lsmod pgrep pidof "
        "grep egrep fgrep cal numfmt factor who w users last vmstat tty eza exa pstree "
        "findmnt lsns pr join look tsort namei lsattr getfacl pmap mountpoint lslocks lsipc numastat hostid logname "
        "pdfinfo pdffonts zipinfo rev whereis"
    ),
        _PLAIN,
    ),
    **dict.fromkeys(("test", "["), Reader(check=only_words(r"-[efdrwxsLhzn]|!|=|==|!=|[^-!=(].*"))),
    "printf": Reader(check=printf),
    "command": Reader(check=begins_with("-[vV]")),
    "type": _PLAIN,
    "date": Reader(options(CHANGES, "-s --set"), with_value="dfrI", check=date),
    "hostname": Reader(options(CHANGES, "-F --file -b --boot"), operands=0),
    "file": Reader(
        options(WRITES, "-C --compile") | options(RUNS, "-z -Z --uncompress --uncompress-noreport"),
        with_value="eFfmP",
    ),
    "tree": Reader(options(WRITES, "-o -R")),
    "sort": Reader(
        options(WRITES, "-o --output -T --temporary-directory") | options(RUNS, "--compress-program"),
        with_value="ktS",
    ),
    "arch": Reader(operands=0),
    "base64": Reader(options(WRITES, "-o --output"), with_value="wi"),
    **dict.fromkeys(
        names("nm size readelf strings objdump addr2line"), Reader(options(RUNS, "--plugin"), check=no_argument_files)
    ),
    "ps": Reader(check=ps),
    "jq": Reader(options(UNSEEN, "-f --from-file -L --library-path"), check=filters),
    **dict.fromkeys(("diff3", "sdiff"), Reader(options(RUNS, "--diff-program") | options(WRITES, "-o --output"))),
    "lspci": Reader(options(NETWORK, "-q -Q") | options(CHANGES, "-A -H -M -O"), with_value="dipsF"),
    "lsof": Reader(options(WRITES, "-D"), with_value="cdgiopsTuS"),
    "yq": Reader(
        options(WRITES, "-i --inplace --in-place -s --split-exp") | options(UNSEEN, "--from-file"),
        with_value="oIp", check=filters,
    ),
    **dict.fromkeys(("shuf", "iconv"), Reader(options(WRITES, "-o --output"), with_value="inft")),
    **dict.fromkeys(("ag", "ack"), Reader(options(RUNS, "--pager --ackrc --env --output"))),
    "uniq": Reader(operands=1, before_number=names("-f -s -w")),
    "xxd": Reader(operands=1, before_number=names("-c -cols -g -groupsize -l -len -o -s -seek")),
    "rg": Reader(options(RUNS, "--pre --hostname-bin -z --search-zip"), with_value="efgtTmABCEjMr"),
    **dict.fromkeys(("fd", "fdfind"), Reader(options(RUNS, "-x -X --exec --exec-batch"), with_value="eEdtScj")),
    "find": Reader(check=only_options(FIND_PREDICATES, "writes, deletes, runs something, or is unknown")),
    "sed": Reader(check=sed),
    **dict.fromkeys(("awk", "gawk", "mawk", "nawk"), Reader(check=awk)),
    "tar": Reader(check=tar),
    "unzip": Reader(check=begins_with("-[lvZt]")),
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
    "ip": Reader(
        check=only_forms(
            r"(?:-(?:[46codjsp]+|br|brief|color|oneline|stats|details|json|pretty) )*"
            r"(?:(?:a|addr|address|l|link|n|neigh)(?: (?:show|list|ls)(?: (?:dev )?\w[\w.@-]*| up)*)?"
            r"|(?:r|ro|route)(?: (?:show|list|ls)(?: (?:default|(?:table|dev) [\w.-]+|[\d.:a-f]+(?:/\d+)?))*"
            r"| get [\d.:a-f]+)?)|-V"
        )
    ),
    **{name: Reader(check=only_forms(known)) for name, known in CHANGE_THE_SYSTEM.items()},
    "crontab -l": _NOTHING,
    **dict.fromkeys(
        [f"{name} {option}" for name in ("gzip", "xz", "bzip2", "zstd") for option in ("-l", "-t", "--list", "--test")],
        Reader(check=only_options(r"-[ltvq]+|--(?:list|test|verbose|quiet)")),
    ),
    **dict.fromkeys(("zcat", "bzcat", "xzcat"), Reader(check=only_options(r"-[fqv]+"))),
    **dict.fromkeys(
        names("iostat mpstat"), Reader(check=only_words(r"-[cdhkmNptxyzsAu]+|-P|ALL|\d+|[a-z]+\d\w*"))
    ),
    "identify": Reader(check=only_words(r"-(?:verbose|quiet|ping|format)|(?![-@])[^:|]+")),
    "ffprobe": Reader(
        check=only_words(
            r"-(?:v|show_\w+|of|print_format|hide_banner|loglevel|i|select_streams)|(?!-)[^:|]+"
        )
    ),
    "openssl x509": Reader(
        check=only_options(
            r"-(?:in|inform|noout|text|dates|startdate|enddate|subject|issuer|serial|fingerprint|sha\d+|md5|modulus"
            r"|pubkey|purpose|email|ext|checkend|checkhost|nameopt|certopt|hash|subject_hash|issuer_hash|ocsp_uri)"
        )
    ),
    "openssl version": Reader(check=only_options("-[abdefopvr]")),
    "openssl dgst": Reader(check=only_options(r"-(?:sha\d+|md5|r|hex|c|blake\w+)")),
    **dict.fromkeys(
        (*verbs("apt", "list, show, search, policy"),
         *verbs("apt-cache", "policy, search, show, showpkg, depends, rdepends, madison, pkgnames")),
        Reader(check=only_options(
            r"-[anfq]+|--(?:installed|upgradable|all-versions|manual-installed|names-only|full|no-\w+)"
        )),
    ),
    **dict.fromkeys(
        [f"dpkg {option}" for option in ("-l", "-L", "-S", "-s", "--get-selections", "--print-architecture")],
        Reader(check=only_options("(?!)")),
    ),
    **dict.fromkeys(verbs("getent", "passwd, group, services, protocols, rpc"), Reader(check=only_options("(?!)"))),
    **dict.fromkeys(
        verbs("docker compose", "config --services, config --volumes, config --images, config --profiles, config -q"),
        _NOTHING,
    ),
    **dict.fromkeys(
        verbs(
            "systemctl",
            "status, show, cat, is-active, is-enabled, is-failed, list-units, list-unit-files, list-timers, "
            "list-sockets, list-dependencies, --failed, get-default, is-system-running",
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
        Reader(_GIT.harmful, check=no_signature),
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
        check=all_of(no_signature, lists(_LIST_REFS)),
    ),
    "git tag": Reader(
        options(CHANGES, "-d -a -s -u -m -F -f -e --delete --annotate --sign --local-user --message --file --force "
                 "--edit --create-reflog --trailer --cleanup") | options(RUNS, "-v --verify"),
        with_value="n",
        check=all_of(no_signature, lists(_LIST_REFS)),
    ),
    "git remote": Reader(operands=0),
    "git remote get-url": _PLAIN,
    "git remote show": Reader(network=True),
    "git reflog": Reader(
        _DIFF.harmful,
        check=all_of(no_signature, only_forms(r"(?:show(?: \S+)*|(?:HEAD|-)\S*(?: (?:HEAD|-)\S*)*)?")),
    ),
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
            "container logs, image history, system info, container list, container inspect, image ls, image "
            "inspect, volume ls, volume inspect, "
            "network ls, network inspect, compose ps, compose ls, compose images, compose logs, compose top, compose "
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
    "kubectl config view": Reader({**_KUBECTL.harmful, "--raw": "reads secrets"}, check=no_secrets),
    "kubectl config current-context": _PLAIN,
    "kubectl config get-contexts": _PLAIN,
    "docker stats": Reader(_DOCKER),
    **dict.fromkeys(
        verbs(
            "gh",
            "pr list, pr view, pr diff, pr checks, pr status, issue list, issue view, issue status, run list, "
            "run view, repo view, repo list, release list, release view, workflow list, workflow view, search code, "
            "search issues, search prs, search repos, auth status, label list, cache list, status",
        ),
        Reader(
            options(RUNS, "-w --web") | options("reads secrets", "-t --show-token --hostname"),
            with_value="RLsaBlSHqTAb",
            network=True,
        ),
    ),
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
    **dict.fromkeys(
        ("python -V", "python3 -V", "node -v", "npm -v", "ruby -v", "php -v", "perl -v", "java -version",
         "javac -version", "git -v"),
        _NOTHING,
    ),
}  # fmt: skip


def reader_of(words: Sequence[Word]) -> tuple[Reader, int] | None:
    """Return what is known about the command in `words`, and how many of them name it; None if it is unknown."""
    texts = [word.text for word in words[:4]]
    for count in range(len(texts), 0, -1):
        name = tuple(texts[:count])
        found = READERS.get(" ".join(text or "\0" for text in name))
        if found is not None:
            return found, count
    return None
