"""The scripts that each shell reads before the approved text, so that it reports folder and variables when it exits.

The text is never changed. Functions that it defines must not run in the hook: each script first removes them, using
only what functions cannot replace, and then runs env(1) by its absolute path. Before that, it renames loader variables,
so that they load nothing into env(1).
"""

import re
import shlex
from collections.abc import Mapping

LOADER_PREFIX = "__hitl_loads_"
"""The prefix of a loader variable's name in a report."""

POSIX_MARK = "hitl"
"""The value of POSIXLY_CORRECT that the bash hook itself sets."""

# In POSIX mode a function cannot replace a special builtin (set, trap, unset, export, exec, exit); a backslash prevents
# alias expansion. It runs in a subshell, where the text's own DEBUG trap is not active.
_BASH = r"""
__hitl_leave() {
    [[ -o posix ]] || POSIXLY_CORRECT=@MARK@
    \set +aeuvx
    \trap - DEBUG ERR RETURN
    \trap '' XFSZ
    \unset -f builtin declare printf pwd
    if \readonly -f builtin || \readonly -f declare || \readonly -f printf || \readonly -f pwd; then \exit 1; fi
    for __hitl_name in "${!LD_@}" "${!DYLD_@}" GCONV_PATH GLIBC_TUNABLES; do
        if [[ ${!__hitl_name+set} ]]; then
            if [[ $(\builtin declare -p "$__hitl_name") =~ ^declare\ -[a-zA-Z]*x ]]; then
                \export "@PREFIX@$__hitl_name=${!__hitl_name}"
            fi
            \unset -v "$__hitl_name" || \exit 1
        fi
    done
    { \builtin pwd -P; \builtin printf '\0'; \exec @ENV@ -0; } >|@STATE@
}
readonly -f __hitl_leave
"""

# Runs on exit. The redirection of BASH_XTRACEFD hides a trace; bash before 4.1 does not support it.
_BASH_ON_EXIT = r"( \__hitl_leave ) 2>/dev/null {BASH_XTRACEFD}>/dev/null"
_OLD_BASH_ON_EXIT = r"( \__hitl_leave ) 2>/dev/null"

_BASH_ALONE = r"""
case $BASH_VERSION in
[1-3].* | 4.0.*) \builtin trap -- '@OLD_ON_EXIT@' EXIT ;;
*) \builtin trap -- '@ON_EXIT@' EXIT ;;
esac
"""

# Runs the hook after the exit trap of the text or of the user's BASH_ENV.
_BASH_AFTER_OTHERS = r"""
case $BASH_VERSION in
[1-3].* | 4.0.*) readonly __hitl_on_exit='@OLD_ON_EXIT@' ;;
*) readonly __hitl_on_exit='@ON_EXIT@' ;;
esac
__hitl_arm() {
    \builtin set -- "$(\builtin trap -p EXIT)"
    [[ $1 != *"$__hitl_on_exit"* ]] || \builtin return 0
    \builtin eval "\builtin set -- ${1#trap --}"
    \builtin trap -- "${1+@BEGIN@$1$__hitl_end}$__hitl_on_exit" EXIT
}
"""

# If a trap of the text may end early, the hook also runs before it: in a redirection, which keeps `$?` for the trap.
_BASH_BEFORE = r"""
__hitl_before() { \builtin set -- "$?"; ( \__hitl_leave ); \builtin return "$1"; }
readonly __hitl_end=$'\n\n{ [[ end ]]; } 2>/dev/null\n} {__hitl_fd}</dev/null"$({ \\__hitl_before; } 2>/dev/null)"\n'
"""
_BASH_NOT_BEFORE = r"readonly __hitl_end=$'\n\n'"

_BASH_TRAP = r"""
if [[ ${BASH_VERSINFO[0]} -ge 5 ]]; then
    trap() {
        { \builtin local - __hitl_text; \builtin set +eux; } 2>/dev/null
        if [[ $# == 0 || $1 == -[lpP]* ]]; then
            __hitl_text=$(\builtin trap "$@"; \builtin printf '%s' "x$?")
            \builtin set -- "${__hitl_text##*x}"
            __hitl_text=${__hitl_text%x*}
            if [[ $__hitl_text == *"$__hitl_end$__hitl_on_exit"* ]]; then
                __hitl_text=${__hitl_text/"$__hitl_end$__hitl_on_exit"/}
                __hitl_text=${__hitl_text/"-- '@BEGIN@"/"-- '"}
            fi
            \builtin printf '%s' "${__hitl_text//"trap -- '$__hitl_on_exit' EXIT"$'\n'/}"
            \builtin return "$1"
        fi
        \builtin trap "$@" || \builtin return
        [[ $BASH_SUBSHELL != 0 ]] || __hitl_arm
    }
fi
"""

# An entry in `dis_functions` disables the function of that name; an assignment cannot be replaced by a function.
_ZSH = r"""
__hitl_leave() {
    if (( ! ${+__hitl_left} )); then (
        dis_functions[builtin]=x dis_functions[exec]=x dis_functions[@ENV@]=x
        builtin emulate zsh
        builtin trap -
        builtin trap '' XFSZ
        for __hitl_name in ${(Mk)parameters:#(LD_*|DYLD_*|GCONV_PATH|GLIBC_TUNABLES)}; do
            if [[ $parameters[$__hitl_name] == *export* ]]; then
                builtin export "@PREFIX@$__hitl_name=${(P)__hitl_name}"
            fi
            builtin unset $__hitl_name
        done
        { builtin pwd -P; builtin printf '\0'; exec @ENV@ -0 } >|@STATE@
    ); __hitl_left=; fi 2>/dev/null
}
zshexit_functions+=(__hitl_leave)
"""

# With `set -e`, zsh calls no exit functions but runs the trap; the user's own trap is not replaced.
_ZSH_ALONE = "builtin trap '{ __hitl_leave } 2>/dev/null' EXIT\n"
_ZSH_AFTER_OTHERS = r"""
builtin trap >|@TRAPS@
[[ "$(<@TRAPS@)" == *EXIT* ]] || """

_FISH = r"""
function __hitl_leave --on-event fish_exit
    for name in (builtin set --names --export | builtin string match --regex \
            '^(?:LD_.*|DYLD_.*|GCONV_PATH|GLIBC_TUNABLES)$')
        builtin set --global --export @PREFIX@$name $$name
        builtin set --erase $name
    end
    begin; builtin pwd -P; builtin printf '\0'; command @ENV@ -0; end 2>/dev/null >@STATE@
end
"""

_CALLS_TRAP = re.compile(r"(?<![\w-])trap(?![\w-])")
_ENDS_EARLY = re.compile(r"\bexit\b|\berrexit\b|\bset\s+-\w*e")
_SEES_TRAP = re.compile(
    r"\b(?:DEBUG|ERR|RETURN|functrace|errtrace|builtin|declare|typeset|type|compgen)\b|\bset\s+-\w*[ET]"
)
"""Text that would notice that `trap` is a function, or would change what that function calls."""


def bash_script(text: str, variables: Mapping[str, str], env: str, state: str) -> str:
    """Return the script that bash reads before `text` if its environment is `bash_variables`, not `variables`."""
    original = variables.get("BASH_ENV")
    options = [each for each in variables.get("SHELLOPTS", "").split(":") if re.fullmatch("[a-z-]+", each)]
    is_posix = "POSIXLY_CORRECT" in variables or "posix" in options
    wraps_trap = _CALLS_TRAP.search(text) is not None and _SEES_TRAP.search(text) is None
    reads_original = bool(original) and not is_posix
    parts = ["unset BASH_ENV" if original is None else f"export BASH_ENV={shlex.quote(original)}", _BASH]
    ends_early = wraps_trap and _ENDS_EARLY.search(text) is not None
    if reads_original or wraps_trap:
        parts += [_BASH_BEFORE if ends_early else _BASH_NOT_BEFORE, _BASH_AFTER_OTHERS]
    # As in bash itself: the value is expanded, and a missing file is ignored.
    read_original = f'[ ! -f "{original}" ] || . "{original}"\n{{ \\__hitl_arm; }} 2>/dev/null'
    parts += [read_original if reads_original else _BASH_ALONE]
    parts += [_BASH_TRAP] if wraps_trap else []
    if "POSIXLY_CORRECT" in variables:
        parts.append(f"export POSIXLY_CORRECT={shlex.quote(variables['POSIXLY_CORRECT'])}")
    if options:
        parts.append(f"\\export SHELLOPTS; \\set -o {' -o '.join(options)}")
    script = "\n".join([*parts, ""])
    return _filled(
        script,
        BEGIN="{ " if ends_early else "",
        MARK=POSIX_MARK,
        OLD_ON_EXIT=_OLD_BASH_ON_EXIT,
        ON_EXIT=_BASH_ON_EXIT,
        ENV=shlex.quote(env),
        STATE=shlex.quote(state),
    )


def bash_variables(variables: Mapping[str, str], script: str) -> dict[str, str]:
    """Return `variables` for a bash that reads the file `script`.

    Variables that would prevent that, or would trace the script, are removed; the script sets them.
    """
    kept = {name: value for name, value in variables.items() if name not in ("POSIXLY_CORRECT", "SHELLOPTS")}
    return {**kept, "BASH_ENV": script}


def zsh_script(variables: Mapping[str, str], env: str, state: str, traps: str) -> str:
    """Return the `.zshenv` for a zsh with the environment `variables`; `traps` is the path of a scratch file."""
    original = variables.get("ZDOTDIR")
    restore = "unset ZDOTDIR" if original is None else f"export ZDOTDIR={shlex.quote(original)}"
    home = '"${ZDOTDIR:-$HOME}/.zshenv"'
    return _filled(
        f"{restore}\nif [[ -f {home} ]]; then . {home}\n{_ZSH}{_ZSH_AFTER_OTHERS}{_ZSH_ALONE}"
        f"else {_ZSH}{_ZSH_ALONE}fi\n",
        ENV=shlex.quote(env),
        STATE=shlex.quote(state),
        TRAPS=shlex.quote(traps),
    )


def fish_script(env: str, state: str) -> str:
    """Return the script that fish runs before its text."""
    return _filled(_FISH, ENV=shlex.quote(env), STATE=shlex.quote(state))


def _filled(script: str, **values: str) -> str:
    for name, value in {"PREFIX": LOADER_PREFIX, **values}.items():
        script = script.replace(f"@{name}@", value)
    return script
