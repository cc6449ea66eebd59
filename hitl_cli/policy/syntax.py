"""The parts of the grammar of tree-sitter-bash, and of the shells, that the reading of a command knows."""

import re


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


RESERVED = _names(
    "if then elif else fi case esac for select while until do done in function time { } ! [[ ]] coproc "
    "foreach end repeat always noglob nocorrect - begin and or not switch"
)
"""Words that are syntax, or run the words after them, in one of the shells."""


WORDS = _names(
    "word raw_string string concatenation number ansi_c_string translated_string simple_expansion expansion "
    "command_substitution process_substitution arithmetic_expansion brace_expression extglob_pattern regex"
)

TEST_TOKENS = frozenset(["[", "]", "!", "=", "==", "!="])

STRUCTURE = {
    "program",
    "list",
    "pipeline",
    "command",
    "command_name",
    "redirected_statement",
    "file_redirect",
}

# Nodes that the judge does not read, in words.
UNREAD = {
    "subshell": "a subshell",
    "compound_statement": "a group of commands",
    "negated_command": "a negation",
    "function_definition": "a function, which can change what a name means",
    "declaration_command": "a declaration",
    "unset_command": "unset",
    "test_command": "a test",
    "if_statement": "an if",
    "for_statement": "a loop",
    "c_style_for_statement": "a loop",
    "while_statement": "a loop",
    "case_statement": "a case",
    "heredoc_redirect": "a here-document",
    "heredoc_body": "a here-document",
    "herestring_redirect": "a here-string",
    "variable_assignment": "an assignment, which can change what a command does",
    "variable_assignments": "an assignment, which can change what a command does",
}

# What an operator or a reserved word begins, with its article.
BEGUN_BY = {
    "for": "a for loop",
    "while": "a while loop",
    "until": "an until loop",
    "select": "a select loop",
    "if": "an if statement",
    "case": "a case statement",
    "{": "a group of commands",
    "!": "a negation",
    "[[": "a test with [[",
    "((": "arithmetic with ((",
}


# Anything but printable characters, line breaks and tabs; and blanks that no shell takes for blanks.
UNUSUAL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f"
                      "\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff"
                      "\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]")  # fmt: skip

# Variables that change neither what a command is nor what it does, with values that name no file.
HARMLESS_ASSIGNMENT = re.compile(
    r"(?:LC_[A-Z]+|LANG|LANGUAGE)=(?:C|POSIX|(?:C|en_US)\.(?:UTF-8|utf8))|TZ=(?:UTC|GMT)"
    r"|(?:CI|NO_COLOR|FORCE_COLOR|CLICOLOR|PYTHONUNBUFFERED|PYTHONDONTWRITEBYTECODE|RUST_BACKTRACE|CGO_ENABLED"
    r"|GIT_OPTIONAL_LOCKS|GIT_TERMINAL_PROMPT)=(?:[01]|true|false|full)"
    r"|(?:(?:GIT_|MAN|SYSTEMD_)?PAGER)=cat|(?:COLUMNS|LINES)=\d{1,4}|NODE_ENV=(?:test|development|production)"
)
