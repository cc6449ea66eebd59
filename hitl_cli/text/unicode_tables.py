"""Unicode data that the standard library lacks: scripts, look-alikes, blanks."""

from bisect import bisect_right
from collections.abc import Iterator

# The blocks that terminals display reliably, each with its script. "Common" means symbols, "CJK" the scripts that are
# mixed in East Asian text. Characters of other blocks (rare and historic scripts, presentation forms, regional
# indicators) always get a label.
_BLOCKS = """
0020-007E Latin      00A0-00BF Common     00C0-00D6 Latin      00D7 Common
00D8-00F6 Latin      00F7 Common          00F8-02AF Latin      0300-036F Mark
0370-03FF Greek      0400-052F Cyrillic   0530-058F Armenian   0590-05FF Hebrew
0600-06FF Arabic     0750-077F Arabic     0780-07BF Thaana     08A0-08FF Arabic
0900-097F Devanagari 0980-09FF Bengali    0A00-0A7F Gurmukhi   0A80-0AFF Gujarati
0B00-0B7F Oriya      0B80-0BFF Tamil      0C00-0C7F Telugu     0C80-0CFF Kannada
0D00-0D7F Malayalam  0D80-0DFF Sinhala    0E00-0E7F Thai       0E80-0EFF Lao
0F00-0FFF Tibetan    1000-109F Myanmar    10A0-10FF Georgian   1200-139F Ethiopic
1780-17FF Khmer      1C90-1CBF Georgian   1E00-1EFF Latin      1F00-1FFF Greek
2010-205E Common     20A0-20CF Common     2100-214F Common     2190-2426 Common
2460-24FF Common     2500-259F Box        25A0-2BFF Common     3001-3006 CJK
3007 CJK             3008-3020 Common     3021-3029 CJK        3030-3035 CJK
303B-303D CJK        3041-3096 CJK        309D-309F CJK        30A0-30FF CJK
3105-312F CJK        31A0-31BF CJK        31F0-31FF CJK        3400-4DBF CJK
4E00-9FFF CJK        AC00-D7A3 CJK        1F300-1F64F Common   1F680-1F6FF Common
1F7E0-1F7F0 Common   1F900-1F9FF Common   1FA70-1FAFF Common   20000-323AF CJK
"""

# Invisible or drawn as an empty cell, although the general category does not say so.
_BLANKS = """
034F 115F-1160 17B4-17B5 180B-180F 2065 2800 3164 FE00-FE0F FFA0 FFF0-FFF8 FFFC-FFFD
16FE4 1D159 1D173-1D17A E0000-E0FFF
"""

# Characters that look like the ASCII characters at the start of the line. Compatibility forms (fullwidth, mathematical,
# ...) are not listed, because their NFKC form shows it.
_LOOKALIKES = """
! 01C3
" 201C-201F 275D-275E 3003 301D-301F 05F4
# 22D5 266F
% 066A 2052
' 055A 055D 05F3 2018-2019 201B 2032 2035 275B-275C
( 2768 276A 27EE
) 2769 276B 27EF
* 066D 204E 2217 22C6
+ 253C 254B 2795 5341
, 066B 201A 275F
- 0640 2010-2015 2043 2212 23AF 23E4 2500-2501 2504-2505 2508-2509 254C-254D 2574 2576 2578 257A
- 257C 257E 2796 30FC 4E00
. 0660 06F0
/ 2041 2044 2215 2571 27CB 29F8 3033 30CE 4E3F
// 2AFD
/// 2AFB
0 3007
2 01A7 03E8
3 01B7 021C-021D 0292 0417 04E0
5 01BC
6 0431
8 0222-0223 09EA 0A6A
9 09ED 0A67 0B68 0D6D
: 0589 05C3 205A 2236 2982
< 2039 276C 276E 2770 27E8 3008
<< 226A
<<< 22D8
; 204F
= 2550 30A0 30CB 4E8C
> 203A 276D 276F 2771 27E9 3009
>< 2AA5
>> 226B 2A20
>>> 22D9
? 0241 0294 097D
A 0391 0410
B 0299 0392 0412
C 0421
E 0395 0415 22FF
F 03DC
G 0262 050C
H 029C 0397 041D
I 026A 0399 0406 04C0 0196
J 037F 0408
K 039A 041A
L 029F
M 039C 03FA 041C
N 0274 039D
O 039F 041E 0555 09E6 0B20 0B66 12D0
P 03A1 0420
R 01A6 0280
S 0405 054F
T 03A4 0422 22A4 27D9
U 054D 1200 222A 22C3
V 0474 06F7
W 051C
X 03A7 0425 2573
Y 028F 03A5 04AE 0423
Z 0396
[ 2045 2772 27E6 27EC 3014 301A
\\ 2216 2572 27CD 29F5 3035 29F9 4E36
] 2046 2773 27E7 27ED 3015 301B
^ 2038 2227 2303
_ 2581 23BD
a 0251 03B1 0430 237A
b 0184-0185 042C 044C
c 0441
d 0501
dz 02A3
e 0435 04BD 212E
f 0584 1E9D
g 018D 0261 0581
h 04BB 0570
i 0131 0269 03B9 0456 2373
j 0237 03F3 0458
l 01C0 04CF 05C0 05D5 05DF 0627 06F1 0661
ls 02AA
lt 20B6
lz 02AB
n 03B7 0578 057C
o 03BF 03C3 043E 0585 05E1 0647 0665 06BE 06C1 06D5 06F5 0966 0A66 0AE6 0BE6 0C66
o 05E1 0CE6 0D20 0D66 0E50 0ED0 101D 1040 10FF
oo 221E
p 03C1 0440 2374
q 051B 0563 0566
r 0433
s 01A8 01BD 0455
ts 02A6
u 028B 03C5 057D
v 03BD 0475 2228 22C1
w 026F 0461 051D 0561
x 00D7 03C7 0445 292B-292C 2A2F
y 0263 03B3 0443 04AF 10E7 1EFF
{ 2774 2983
| 00A6 2223 2502-2503 2506-2507 250A-250B 254E-254F 2575 2577 2579 257B 257D 257F 23AE 23D0 23FD
| 2758-275A 258F 2595 4E28
| 239C 239F 23A2 23A5 23AA 23B8-23B9
|| 01C1 2016 2225 2551
} 2775 2984
~ 2053 223C-223D 301C 3030
"""


def _span(field: str) -> tuple[int, int]:
    first, _, last = field.partition("-")
    return int(first, 16), int(last or first, 16)


def _points(fields: list[str]) -> Iterator[int]:
    for field in fields:
        first, last = _span(field)
        yield from range(first, last + 1)


_NAMES = _BLOCKS.split()[1::2]
_SPANS = [_span(field) for field in _BLOCKS.split()[::2]]
_STARTS = [first for first, _ in _SPANS]

_BLANK_SPANS = [_span(field) for field in _BLANKS.split()]

LOOKALIKES = {
    chr(point): line.split()[0]
    for line in _LOOKALIKES.strip().splitlines()
    for point in _points(line.split()[1:])
}


def script(char: str) -> str:
    """Return the script of a character, or "" if it is not in one of the blocks above."""
    at = bisect_right(_STARTS, ord(char)) - 1
    return _NAMES[at] if at >= 0 and ord(char) <= _SPANS[at][1] else ""


def is_blank(char: str) -> bool:
    """Whether a character is invisible or drawn as an empty cell, although its general category does not say so."""
    return any(first <= ord(char) <= last for first, last in _BLANK_SPANS)
