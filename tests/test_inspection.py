"""What another process of the same user can read of the program, its guardian and its command."""

import json
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.conftest import HITL
from tests.model_server import ModelServer, Text
from tests.terminal import Person

# Becomes the program of its arguments without the capabilities of root, which would let it read everything.
WITHOUT_CAPABILITIES = """
import ctypes, os, sys
for capability in range(64):
    ctypes.CDLL(None).prctl(24, capability)
class Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]
ctypes.CDLL(None).capset(ctypes.byref(Header(0x20080522, 0)), (ctypes.c_uint32 * 6)())
os.execv(sys.argv[1], sys.argv[1:])
"""
PLAIN = [sys.executable, "-c", WITHOUT_CAPABILITIES]
READS = """
import json, os, sys
def read(path):
    return open(path).read()
readable = {}
for pid in sys.argv[1:]:
    readable[pid] = []
    for name, look in [("environ", read), ("fd/1", os.readlink), ("maps", read)]:
        try:
            look(f"/proc/{pid}/{name}")
            readable[pid].append(name)
        except OSError:
            pass
print(json.dumps(readable))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems have no such files")
def test_program_and_guardian_cannot_be_inspected(
    environment: dict[str, str], model: ModelServer, folder: Path
) -> None:
    """Their memory, variables and open files are nobody's; the command is a process like any other."""
    model.reply(Text("sleep 66.5; true"))
    at = Person([*PLAIN, *HITL, "run", "custom", "x"], environment, folder, cold=True)
    try:
        at.approves("sleep 66.5")
        at.sees("running sleep 66.5")
        processes = psutil.Process(at.pid).children(recursive=True)
        (command,) = (each for each in processes if each.cmdline() == ["sleep", "66.5"])
        guardians = [each for each in processes if "guardian" in " ".join(each.cmdline())]
        probed = [at.pid, *(each.pid for each in guardians), command.pid]
        done = subprocess.run(
            [*PLAIN, sys.executable, "-c", READS, *map(str, probed)],
            capture_output=True,
            text=True,
            check=True,
        )
        *protected, readable = json.loads(done.stdout).values()
        assert protected == [[], [], []]
        assert readable == ["environ", "fd/1", "maps"]
        at.type("\x03")
        at.leaves()
    finally:
        at.close()
