"""Programs that no rule can make safe, and why; and those whose rule has to say more."""

import re
from collections.abc import Sequence

from hitl_cli.policy.reader_table import READERS
from hitl_cli.policy.readers import names
from hitl_cli.policy.runner_table import PREFIXES


def _all(text: str, why: str) -> dict[str, str]:
    return dict.fromkeys(text.split(), why)


SHELLS = names(
    "sh bash dash ash zsh ksh ksh93 mksh fish csh tcsh nu pwsh powershell elvish xonsh busybox rbash"
)

_INTERPRETERS = names(
    "python python2 python3 pypy pypy3 ipython perl ruby irb node nodejs deno bun ts-node tsx php lua luajit "
    "tclsh wish expect R Rscript julia ghci runghc runhaskell scala groovy jshell java erl elixir iex ocaml "
    "swift osascript guile racket sbcl clojure clj m4 bc dc gnuplot octave sqlite3 psql mysql mariadb mongosh "
    "redis-cli"
)

_NEVER = {
    **dict.fromkeys(SHELLS, "a shell runs any command that its arguments or its input contain"),
    **dict.fromkeys(_INTERPRETERS, "an interpreter runs any code that its arguments, its input or a file contain"),
    **_all("awk gawk mawk nawk original-awk", "awk programs can write files and run commands"),
    **_all(
        "env timeout gtimeout nohup nice ionice chrt taskset numactl xargs sudo doas su pkexec runuser setsid "
        "setpriv stdbuf unbuffer time script watch strace ltrace gdb lldb valgrind perf chroot unshare "
        "nsenter parallel flock prlimit systemd-run firejail bwrap fakeroot proot xvfb-run dbus-run-session "
        "start-stop-daemon run-parts at batch entr caffeinate rlwrap screen tmux zellij ssh mosh rsh sshpass "
        "ssh-agent setarch linux32 linux64 faketime torsocks proxychains proxychains4 catchsegv dtach abduco "
        "ts chronic ifne parset direnv mise asdf nix-shell uvx npx pnpx bunx pipx toolbox distrobox "
        "flatpak-spawn crontab",
        "it runs the command in its arguments; write a rule for that command",
    ),
    **_all(
        "eval exec source . command builtin trap alias unalias hash typeset declare local export readonly set "
        "unset shopt setopt unsetopt enable disable let mapfile readarray read compgen complete compopt bind "
        "coproc fc history zmodload autoload emulate function functions getopts abbr",
        "it changes what later words mean, or runs its arguments",
    ),
    **_all(
        "if then elif else fi for while until case select do done in { } ! [[ ]] ( ) time and or not begin "
        "end noglob nocorrect - repeat foreach switch",
        "it is a word of the shell's syntax, not a program",
    ),
    **_all(
        "vi vim nvim view vimdiff gvim rvim ex ed red emacs emacsclient nano pico micro helix hx joe jed "
        "mcedit mc ne kak code",
        "an editor can write any file and run commands",
    ),
    **_all("less more most lv man info pinfo bat batcat w3m lynx elinks links", "a pager can run commands"),
    **_all("dd mkfs fdisk parted shred wipefs mkswap sfdisk gdisk sgdisk cfdisk", "it writes to disks"),
    **_all(
        "ansible ansible-playbook ansible-console capsh cpan cpulimit cowsay cowthink "
        "ctest facter gcore ghc gtester "
        "hping3 iftop jjs jrunscript latex ld ld.so ldd logsave logrotate lualatex mail mailx msgfilter multitime "
        "nroff groff troff open openvpn pandoc pdb pdflatex pdftex pg pic posh pry puppet rc restic rpm rpmquery "
        "rpmverify dpkg run-mailcap runscript scanmem service slsh sqlmap ssh-add "
        "ssh-keygen sshfs tasksh tdbtool tex "
        "fzf ctags cscope dc mutt lesspipe xmllint tmate tshark vagrant vigr vipw "
        "wireshark xdg-open xelatex xetex zathura gcc g++ cc c89 c99 clang clang++",
        "its options or its input can run commands",
    ),
    **_all(
        "zip rsync scp sftp ftp nmap tcpdump nc ncat netcat socat telnet",
        "its options run programs or open connections",
    ),
}  # fmt: skip

_VERSIONED = re.compile(r"(python|pypy|perl|ruby|lua|php|node|pip)\d[\d.]*")

_WITH_SUBCOMMANDS = names(
    "git docker podman nerdctl kubectl oc helm npm yarn pnpm cargo go pip pip3 uv poetry pdm hatch conda "
    "gem bundle composer apt apt-get dnf yum pacman brew zypper apk snap flatpak systemctl service "
    "launchctl gh glab aws gcloud az doctl terraform tofu pulumi ansible vault nomad consul dotnet mix "
    "rustup hg svn jj bzr fossil nix guix ip nmcli firewall-cmd ufw openssl docker-compose make just rake task "
    "invoke gulp grunt ant mvn gradle gradlew ninja bazel meson tox nox coverage hitl"
)

# Subcommands that have subcommands themselves.
_GROUPS = {
    **dict.fromkeys(
        ("docker", "podman", "nerdctl"),
        names(
            "container image volume network compose system builder buildx context swarm service stack plugin secret "
            "config node manifest trust machine pod"
        ),
    ),
    **dict.fromkeys(("kubectl", "oc"), names("config rollout auth certificate plugin set")),
    **dict.fromkeys(
        ("npm", "yarn", "pnpm"), names("config cache access team token owner pkg workspace workspaces")
    ),
    **dict.fromkeys(("pip", "pip3", "uv"), names("config cache pip tool python self")),
    "ip": names("netns"),
    "go": names("mod work tool"),
    "terraform": names("state workspace"),
}

# The judge has no table for these, but the text of a rule can say exactly what is meant.
_WHOLE = {
    "find": "find can delete files and run programs; name what follows, such as: find . -name *",
    "sed": "sed can write files and run commands; name its first option, such as: sed -n*",
    "tar": "tar can write files and run programs; name its options, such as: tar -tf*",
    "curl": "curl can write files and send data; name its options and the address",
    "wget": "wget writes files; name its options and the address",
}

_GIT_WITHOUT_HOOKS = frozenset(["add"])
_RUNNERS = names(
    "make just rake task invoke gulp grunt ant mvn gradle gradlew ninja bazel meson tox nox npm yarn pnpm"
)

MORE_WORDS = frozenset(["run", "run-script", *(each for group in _GROUPS.values() for each in group)])
"""Subcommands that say what they do only with another word."""


def has_subcommands(program: str) -> bool:
    """Return whether the program of this name says what it does with its first argument."""
    return program in _WITH_SUBCOMMANDS


def is_interpreter(program: str) -> bool:
    """Return whether the program of this name runs code that it is given."""
    return program in SHELLS or program in _INTERPRETERS or _VERSIONED.sub(r"\1", program) in _INTERPRETERS


def why_no_rule(program: str, words: Sequence[str], *, open_ended: bool) -> str | None:
    """Return why an allow rule for `program` with these `words` cannot exist, in a clause; None if it can.

    With `open_ended`, the rule also matches more words.
    """
    name = program.rpartition("/")[2]
    if not name or "*" in program:
        return "the name of the program has to be written out"
    plain = _VERSIONED.sub(r"\1", name)
    if len(words) == 1 and f"{name} {words[0]}" in READERS:
        return None
    if (name, *words[:1]) in PREFIXES:
        if len(words) < 2:
            return (
                f"it runs any program; name one, such as: {name} {words[0]} PROGRAM*" if open_ended else None
            )
        return why_no_rule(words[1], words[2:], open_ended=open_ended)
    if why := _NEVER.get(name) or _NEVER.get(plain):
        return why
    if name.startswith("mkfs."):
        return _NEVER["mkfs"]
    first = next(iter(words), "")
    if (
        name in _WITH_SUBCOMMANDS
        and (first in ("", "*") or first.startswith(("-", "*")))
        and f"{name} {first}" not in READERS
    ):
        return f"{name} has subcommands that write or run programs; name one, such as: {name} SUBCOMMAND*"
    second = words[1] if len(words) > 1 else ""
    if first in _GROUPS.get(name, ()) and (not second or second.startswith(("-", "*"))) and open_ended:
        return f"{name} {first} has subcommands; name one, such as: {name} {first} SUBCOMMAND*"
    if name == "git":
        return _why_no_git(words)
    if name in _WHOLE and open_ended and not words:
        return _WHOLE[name]
    if (
        name in _RUNNERS
        and open_ended
        and first in ("run", "run-script", "exec", "x", "dlx")
        and len(words) < 2
    ):
        return f"{name} {first} runs any script; name one, such as: {name} {first} test:*"
    if (
        (name, first) in (("go", "run"), ("coverage", "run"), ("dotnet", "exec"))
        and open_ended
        and len(words) < 2
    ):
        return f"{name} {first} runs any program; name one, such as: {name} {first} ./tool"
    if name in _RUNNERS and first in ("exec", "x", "dlx"):
        return _NEVER["npx"]
    return None


def _why_no_git(words: Sequence[str]) -> str | None:
    named = " ".join(words[:1]), " ".join(words[:2])
    if any(f"git {each}" in READERS for each in named) or words[0] in _GIT_WITHOUT_HOOKS:
        return None
    return f"git {words[0]} runs hooks or programs that the repository names, or changes its history"
