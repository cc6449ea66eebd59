"""What may deceive a reader is labelled, and named as a reason to look again; ordinary text is neither."""

import re
import unicodedata

import pytest
from hypothesis import given

from hitl_cli.text.visible import refusal, suspicions, visible
from tests.text.shown import LABEL, TEXT
from tests.work import assert_linear

DECEPTIONS = [
    ("echo ok \x1b[8m; touch X\x1b[0m", "; touch X", "001B"),
    ("touch X #\x1b[2K\x1b[1Gecho ok", "touch X #", "001B"),
    ("echo \x1b]52;c;aGk=\x07", "]52;c;aGk=", "001B 0007"),
    ("touch X #\x9b2Kecho ok", "2Kecho ok", "009B"),
    ("touch X #\recho ok", "touch X #", "000D"),
    ("touch X\b\becho ok", "touch X", "0008"),
    ("echo\x0bok\x0c\x0e\x0f\x7f\x00", "ok", "000B 000C 000E 000F 007F 0000"),
    ("cat \u202efdp.sh\u202c", "fdp.sh", "202E 202C"),
    ("echo \u2066# \u2069x", "# ", "2066 2069"),
    ("ls\u200e\u200f\u061c -a", "-a", "200E 200F 061C"),
    ("rm /srv/\u200bdata\u200c\u200d\u2060\ufeff", "data", "200B 200C 200D 2060 FEFF"),
    ("cat a\u00ad\u034f\u180e\u17b4b", "cat a", "00AD 034F 180E 17B4"),
    ("cat \U000e0061\U000e007f\ufe0f\U000e0100", "cat", "E0061 E007F FE0F E0100"),
    ("echo \u3164\u115f\u1160\uffa0; id", "; id", "3164 115F 1160 FFA0"),
    ("ls\u00a0-a\u2003b\u3000c\u202fd\u1680", "-a", "00A0 2003 3000 202F 1680"),
    ("ls \u2800\U0001d159; id", "; id", "2800 1D159"),
    ("id\u2028id\u2029id\x85id", "id", "2028 2029 0085"),
    ("\u0441at /etc/hosts", "at /etc/hosts", "0441"),
    ("echo a\uff1b id \uff5c \uff06", "id", "FF1B FF5C FF06"),
    ("echo a\u037e id\u2215\u2044\u29f8", "id", "037E 2215 2044 29F8"),
    ("rm \u2013rf \u2212f \u2014\u2010", "rf", "2013 2212 2014 2010"),
    ("echo \u201cid\u201d \u2018x\u2019", "id", "201C 201D 2018 2019"),
    ("curl https://\u0440\u0430y.example", "y.example", "0440 0430"),
    ("\U0001d42b\U0001d426 x", " x", "1D42B 1D426"),
    ("echo \ue000\U000f0000\uffff\u0378", "echo", "E000 F0000 FFFF 0378"),
    ("ls \udcff\ud83d", "ls", "DCFF D83D"),
    ("caf\u0065\u0301 \uf900 \u212b \u2126", "cafe", "0301 F900 212B 2126"),
    ("\u00e9" + "\u0302\u0303\u0304\u0306", "\u00e9", "0306"),
    ("x\u0338 -\u0301 i\u0307 1\u20e3", "x", "0338 0301 0307 20E3"),
    ("\U0001f468\u200d\U0001f469 \u2764\ufe0f \U0001f44d\U0001f3fd", "", "200D FE0F 1F3FD"),
    ("ls a \u3001 id \u0964 x \u060c\u061b", "id", "3001 0964 060C 061B"),
    ("a \u23b8 b \u276d c \u204f", "b", "23B8 276D 204F"),
    ("echo \u2502 \u2500rf", "rf", "2502 2500"),
    ("echo [bold]x[/bold] :smile: ^[[2J \\x1b", "[bold]x[/bold] :smile: ^[[2J \\x1b", ""),
]


@pytest.mark.parametrize(("text", "seen", "labelled"), DECEPTIONS)
def test_deceptive_text_is_labelled_and_all_else_seen(text: str, seen: str, labelled: str) -> None:
    shown = visible(text)
    assert seen in shown
    for code in labelled.split():
        assert f"⟦U+{code}⟧" in shown
        assert chr(int(code, 16)) not in shown
    assert bool(suspicions(text)) == bool(labelled)


def test_a_word_of_two_scripts_is_labelled_where_it_is_not_latin() -> None:
    assert visible("p\u0430ypal") == "p⟦U+0430⟧ypal"
    # One Latin letter in a Russian word: the rest of that word would look like the Russian one.
    assert visible("м\u0065л") == "⟦U+043C⟧e⟦U+043B⟧"
    assert visible("κ\u043eт") == "⟦U+03BA⟧⟦U+043E⟧⟦U+0442⟧"


def test_letters_are_read_in_the_script_that_their_word_shows() -> None:
    assert visible("поток") == "поток"
    assert visible("\u0441\u043e\u0440\u0443") == "⟦U+0441⟧⟦U+043E⟧⟦U+0440⟧⟦U+0443⟧"
    assert visible("├── x") == "├── x"
    assert visible("キノコ") == "キノコ"
    assert visible("a/\u30ce") == "a/⟦U+30CE⟧"


def test_a_vowel_that_sits_on_the_letter_before_needs_one() -> None:
    assert visible("ls \u0e33x") == "ls ⟦U+0E33⟧x"
    assert visible("\u0e01\u0e33") == "\u0e01\u0e33"


def test_letters_of_rare_scripts_are_labelled() -> None:
    assert visible("\u13a0 \u2c9f \U00010300") == "⟦U+13A0⟧ ⟦U+2C9F⟧ ⟦U+10300⟧"


def test_right_to_left_text_moves_nothing_else() -> None:
    assert visible("echo 'שלום עולם.'") == "echo 'שלום עולם.'"
    assert visible("א 1 2") == "א ⟦U+0031⟧ 2"
    assert visible("א > ב") == "א⟦U+0020⟧⟦U+003E⟧⟦U+0020⟧ב"
    assert visible("cp א ב") == "cp א⟦U+0020⟧ב"
    assert visible("rm א*.ב") == "rm א⟦U+002A⟧⟦U+002E⟧ב"
    assert visible('"א" "ב"') == '"א⟦U+0022⟧⟦U+0020⟧⟦U+0022⟧ב"'
    assert visible("x א\n' ב ג'") == "x א\n' ב ג'"
    assert visible("א > b") == "א > b"
    assert any("another order" in reason for reason in suspicions("א > ב"))


def test_a_space_that_disarms_a_backslash_is_labelled() -> None:
    assert visible("rm a \\ \nb") == "rm a \\⟦U+0020⟧\nb"
    assert visible("rm a\\ b \\\nc") == "rm a\\ b \\\nc"
    assert suspicions("rm a \\ \nb")
    assert not suspicions("rm a \\\nb")


@pytest.mark.parametrize(
    "text",
    [
        "grep -rn 'TODO' src | sort -u > /tmp/out; echo \"$HOME\" && awk '{print $1}'",
        "Größe prüfen: fünf Straßen über die Brücke",
        "où êtes-vous déjà allé, ça va, garçon naïf",
        "el niño comió mañana en la cigüeña ¿sí? ¡ya!",
        "Zażółć gęślą jaźń",
        "Tiếng Việt rất đẹp",
        "первый обычный текст",
        "Καλημέρα κόσμε",
        "日本語のファイルを「開く」。Tシャツ",
        "中文文件名测试、目录。",
        "한국어 파일 이름",
        "echo 'שָׁלוֹם עולם'",
        'echo "مرحبا بالعالم، نعم؟"',
        "हिन्दी में पाठ लिखा है",
        "ภาษาไทยทำงานได้",
        "မြန်မာဘာသာ လျှော့",
        "Հայերեն լեզու և",
        "100 € → 🎉 😀 ✓ § 20°",
    ],
)
def test_ordinary_text_is_shown_as_it_is(text: str) -> None:
    assert unicodedata.is_normalized("NFC", text)
    assert visible(text) == text
    assert suspicions(text) == []
    assert refusal(text) is None


TYPOGRAPHY = [
    "git commit -m 'fix \u2014 typo'",
    'git commit -m "wait\u2026 don\u2019t \u2014 2019\u20132024"',
    'git commit -m "Subject\n\nIt\u2019s a text \u2014 of two lines\u2026\n"',
    "cat > f <<'EOF'\nDon\u2019t \u2014 panic\u2026 \u201cok\u201d\nEOF",
    "ls  # it\u2019s fine \u2014 really\u2026 \u201cyes\u201d",
    'echo "\u4f60\u597d\uff0c\u4e16\u754c\uff01\uff08\u6d4b\u8bd5\uff09"',
    "echo '\u4f7f\u7528 git\u3002' # \u8bf4\u660e\uff1a\u5217\u51fa",
    "echo '\u3053\u3093\u306b\u3061\u306f\u3001\u300c\u4e16\u754c\u300d\uff01'",
    'echo "\U0001f44d\U0001f3fd \u2764\ufe0f \U0001f469\u200d\U0001f4bb"',
    "echo \U0001f44d\U0001f3fd",
    *(
        f"touch {unicodedata.normalize('NFD', word)}"
        for word in (
            "caf\u00e9",
            "Gr\u00fc\u00dfe.txt",
            "\u304c\u304e",
            "\ud55c\uae00",
            "Vi\u1ec7t",
            "\u0439\u043e\u0434",
        )
    ),
]


@pytest.mark.parametrize("text", TYPOGRAPHY)
def test_typography_in_its_place_is_no_reason(text: str) -> None:
    """What wears out a warning makes it worth nothing; what is hard to see has a label all the same."""
    assert suspicions(text) == []
    assert not re.search("[\u0300-\u036f\u200d\ufe0f]", visible(text))


@pytest.mark.parametrize(
    "text",
    [
        "rm \u2014rf x",
        'rm "\u2013rf"',
        'bash -c "rm \u2014rf x"',
        "cat my\u2014file",
        'rm "/srv/a\u2013b"',
        'rm "a\u2013b.txt"',
        "cat \u2026",
        "echo \u201ca; rm -rf x\u201d",
        "echo don\u2019t; rm x; echo isn\u2019t",
        "echo 'it\u2019s '; rm x; echo 's'",
        'echo "a\u201d "; rm x; echo "\u201cb"',
        "echo \u4f60\u597d\uff1brm x",
        'echo "$(rm my\u2014x)"',
        "echo \U0001f468\u200d\U0001f469",
        "echo 'a \u2014 b",
    ],
)
def test_typography_out_of_its_place_is_a_reason(text: str) -> None:
    """Where an option, a quote or a name could be meant, or where the command cannot be read."""
    assert suspicions(text)


@pytest.mark.parametrize(
    "unit",
    ["a\u2026", "\u4f60\uff0c", "\u201ca\u201d ", "e\u0301", "don\u2019t ", "\U0001f44d\U0001f3fd", "\u200b"],
)
def test_labelling_takes_time_in_proportion(unit: str) -> None:
    """Of typography, too, in one long line."""
    assert_linear(lambda size: (visible(unit * size), suspicions(f"echo '{unit * size}'")), 300)


# --- reasons ---


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("abcdef\u202eg", "right-to-left override (U+202E) at column 7"),
        ("a\n b\u202eg", "right-to-left override (U+202E) at line 2, column 3"),
        ("p\u0430ypal", "word mixes Cyrillic and Latin letters: `p⟦U+0430⟧ypal` at column 1"),
        ("a" + " " * 4000, "4000 spaces in a row"),
        ("a" + "\t" * 5, "5 tabs in a row"),
        ("a\n \n\t\n \nb", "3 blank lines in a row"),
        ("a\u200b\u200b", "invisible character: zero width space (U+200B) at column 2 (2 times)"),
        ("ls\u2003-a", "look-alike of a space: em space (U+2003) at column 3"),
        (
            "a\uff1b",
            "look-alike of an ASCII character: fullwidth semicolon (U+FF1B) for `;` at column 2",
        ),
        (
            "\uff4c\uff53",
            "look-alike of an ASCII character: `⟦U+FF4C⟧⟦U+FF53⟧` for `ls` at column 1",
        ),
        ("\u0441\u0430", "look-alike of an ASCII character: `⟦U+0441⟧⟦U+0430⟧` for `ca`"),
        ("\x1b[0m", "control character: escape (U+001B) at column 1"),
        ("curl https://xn--pypal-4ve.example", "`xn--pypal-4ve` stands for `p⟦U+0430⟧ypal`"),
        ("curl https://xn--zzzzzzzzzz99999999", "encoded host name"),
        ("curl https://bücher.example/x", "host name with non-ASCII characters: `bücher.example`"),
    ],
)
def test_reasons_name_what_is_odd(text: str, reason: str) -> None:
    assert any(reason in found for found in suspicions(text))


@given(TEXT)
def test_reasons_are_few_safe_lines(text: str) -> None:
    reasons = suspicions(text)
    assert len(reasons) <= 12
    for reason in reasons:
        assert len(reason) < 800
        assert "\n" not in reason
        assert visible(LABEL.sub("", reason)) == LABEL.sub("", reason)


def test_tabs_and_brackets_alone_are_no_reason() -> None:
    assert suspicions("a\tb ⟦x⟧\n\nc") == []


def test_too_many_reasons_are_counted() -> None:
    reasons = suspicions(" ".join(chr(point) for point in range(0x2460, 0x2480)))
    assert len(reasons) == 12
    assert reasons[-1] == "and 21 more reasons"
