"""Which programs can read or write which archive formats."""

import re

from hitl_cli.catalogue.lazy_pattern import LazyPattern

_FORMATS = {
    ("unzip", "zip", "zipgrep", "zipinfo", "funzip"): (
        ".zip", ".jar", ".whl", ".docx", ".xlsx", ".odt", ".epub", ".apk",
    ),
    ("tar",): (
        ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tbz", ".tar.xz", ".txz", ".tar.zst", ".tzst", ".tar.lz4",
    ),
    ("gzip", "gunzip", "zcat", "zgrep", "zless", "zdiff", "pigz"): (".gz",),
    ("bzip2", "bunzip2", "bzcat", "bzgrep"): (".bz2",),
    ("xz", "unxz", "xzcat", "xzgrep"): (".xz",),
    ("zstd", "unzstd", "zstdcat"): (".zst",),
    ("lz4",): (".lz4",),
    ("7z", "7za", "7zz"): (".7z", ".zip", ".rar", ".iso", ".cab"),
    ("unrar",): (".rar",),
    ("dpkg-deb", "dpkg", "ar"): (".deb",),
    ("rpm", "rpm2cpio"): (".rpm",),
    ("cpio",): (".cpio",),
}  # fmt: skip
_OF_PROGRAM = {program: endings for programs, endings in _FORMATS.items() for program in programs}
_TARS = _OF_PROGRAM["tar"]
_ENDINGS = tuple({ending for endings in _FORMATS.values() for ending in endings})
_OPENERS = frozenset(("unzip", "gunzip", "bunzip2", "unxz", "unzstd", "unrar", "zcat", "zipgrep", "zipinfo"))
_PACKING = LazyPattern(r"\btar -c(z|j|J|)f", ("tar -c",))
_PACKED = {"z": (".gz", ".tgz"), "j": ("bz2", ".tbz"), "J": (".xz", ".txz"), "": (".tar",)}
_WORD = re.compile(r"[\w-]+")


def program_fits(command: str, name: str) -> bool | None:
    """Return whether a program in `command` handles the archive `name`; None if the name does not tell."""
    lower = name.lower()
    programs = [word for word in _WORD.findall(command) if word in _OF_PROGRAM]
    if not lower.endswith(_ENDINGS):
        return False if "." in lower.strip(".") and _OPENERS.intersection(programs) else None
    if not programs:
        return None
    if lower.endswith(_TARS):
        packing = _PACKING.search(command)
        return "tar" in programs and not (packing and not lower.endswith(_PACKED[packing[1]]))
    return any(lower.endswith(_OF_PROGRAM[program]) for program in programs)
