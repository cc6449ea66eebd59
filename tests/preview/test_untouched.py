"""What was there before is untouched, whatever the command does, and its limits are said."""

import asyncio
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from hitl_cli.preview import stage
from hitl_cli.preview.bubblewrap import PreviewError
from hitl_cli.preview.changes import PreviewLimits
from hitl_cli.preview.summary import summarized
from tests.preview.trees import needs_preview, previewed, tree

pytestmark = needs_preview


def _running(mark: str) -> list[int]:
    return [
        each.pid for each in psutil.process_iter(["cmdline"]) if mark in " ".join(each.info["cmdline"] or ())
    ]


def test_processes_end_with_the_command_and_others_are_out_of_reach(folder: Path) -> None:
    """A daemon of the command is gone, and neither kill nor shutdown reaches anything outside."""
    with subprocess.Popen(["sleep", "98765"]) as other:
        try:
            preview = previewed(
                folder,
                f"setsid sleep 87654 & (trap '' TERM HUP; nohup sleep 87654) & kill -9 {other.pid}; "
                "reboot -f; shutdown now; kill -9 -1; echo still here",
            )
            assert preview.output.endswith("still here\n")
            assert other.poll() is None
            assert _running("sleep 87654") == []
        finally:
            other.kill()


def test_the_network_and_services_are_out_of_reach_and_the_attempts_are_said(folder: Path) -> None:
    """Connections to other machines, to this one and to sockets fail, are counted, and are named as a reason."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_UNIX) as service,
        socket.socket(socket.AF_UNIX) as elsewhere,
        tempfile.TemporaryDirectory(dir="/run" if os.access("/run", os.W_OK) else folder) as place,
    ):
        port = server.getsockname()[1]
        service.bind(f"{place}/service")
        elsewhere.bind(str(folder / "socket"))
        for each in (service, elsewhere):
            each.listen()
            each.setblocking(False)
        server.setblocking(False)
        script = (
            "import socket\n"
            f"for family, address in ((2, ('192.0.2.1', 80)), (2, ('127.0.0.1', {port})), "
            f"(1, '{place}/service'), (1, '{folder}/socket')):\n"
            "    try:\n"
            "        s = socket.socket(family); s.connect(address); print('connected', address, s.recv(1))\n"
            "    except OSError as e: print(e)\n"
            "raise SystemExit(1)"
        )
        (folder / "script.py").write_text(script)
        preview = previewed(folder, f"{sys.executable} script.py")
        for each in (service, elsewhere, server):
            with pytest.raises(BlockingIOError):
                each.accept()
    assert preview.network >= 1
    assert preview.services >= 1
    words = " ".join(summarized(preview, str(folder), str(folder), is_root=True).hindrances)
    assert "tried to reach the network" in words
    if place.startswith("/run"):
        assert preview.sockets == (f"{place}/service",)
        assert f"a service at {place}/service" in words


def test_the_time_limit_and_the_room_are_the_previews_own(folder: Path) -> None:
    """An endless command is stopped, a full disk is only in the preview, and both are said."""
    free = os.statvfs(folder).f_bfree
    preview = previewed(
        folder,
        "echo 1 > kept; yes > big; yes > big; echo $?; sleep 100",
        limits=PreviewLimits(1.5, writes=1 << 22),
    )
    assert (preview.stopped, preview.is_full) == ("time", True)
    assert {Path(change.path).name for change in preview.changes} == {"kept", "big"}
    summary = summarized(preview, str(folder), str(folder), is_root=True)
    assert summary.ending == "stopped after 1.5 s, the limit of a preview"
    assert "it filled the room that a preview has for what it writes" in summary.hindrances
    assert list(folder.iterdir()) == []
    assert abs(os.statvfs(folder).f_bfree - free) * os.statvfs(folder).f_frsize < 1 << 30


def test_processes_and_memory_are_limited(folder: Path) -> None:
    """What would use up the machine is stopped, the panel says so, and a crash starts no handler outside."""
    bomb = previewed(
        folder,
        "grep core /proc/self/limits; cat /proc/self/oom_score_adj; exec 2> /dev/null; "
        "bomb() { bomb | bomb & }; bomb; sleep 99",
        limits=PreviewLimits(processes=200),
    )
    assert bomb.output.split()[4:8] == ["1", "1", "bytes", "1000"]
    summary = summarized(bomb, str(folder), str(folder), is_root=True)
    assert summary.ending == "stopped after 200 processes, the limit of a preview"
    assert "It is stopped after 30 s, " in summary.limits[1]
    assert " of memory or 200 processes, and can write " in summary.limits[1]
    hog = previewed(folder, "tail /dev/zero", limits=PreviewLimits(memory=1 << 27))
    assert hog.stopped == "memory"


def test_a_long_output_is_shown_in_part_and_holds_nothing_up(folder: Path) -> None:
    """Its beginning and its end are passed on, and the panel says how much is not."""
    shown: list[bytes] = []
    preview = previewed(folder, "yes | head -c 99000000; echo last", on_output=shown.append)
    output = b"".join(shown).decode()
    assert output.startswith("y\ny\n")
    assert "\n[…]\n" in output
    assert output.endswith("y\nlast\n")
    assert len(output) < 40_000
    words = summarized(preview, str(folder), str(folder), is_root=True).limits
    assert words[-1] == "94.4 MB of its output are not shown."


def test_a_person_can_stop_it(folder: Path) -> None:
    """What had changed until then is listed, and no process is left."""

    async def stopped() -> str:
        from hitl_cli.preview.runner import Previewer

        stop = asyncio.Event()
        previewer = Previewer("/bin/bash", folder, {"PATH": os.environ["PATH"]}, str(folder))
        preview = await previewer.run("touch made; echo go; sleep 76543", lambda _: stop.set(), stop)
        assert [Path(change.path).name for change in preview.changes] == ["made"]
        return preview.stopped

    assert asyncio.run(stopped()) == "person"
    assert _running("sleep 76543") == []


def test_nothing_is_left_of_a_program_that_was_killed(folder: Path, tmp_path: Path) -> None:
    """After SIGKILL of the program, no process, no mount and no folder of the preview remains."""
    before = tree(tmp_path)
    mounts = set(Path("/proc/self/mountinfo").read_text().splitlines())
    with subprocess.Popen(
        [sys.executable, "-m", "hitl_cli", "preview", "touch made; echo go; sleep 65432"],
        cwd=folder,
        stdout=subprocess.PIPE,
        env={**os.environ, "HOME": str(folder)},
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline().endswith(b"go\n")
        assert _running("sleep 65432")
        program.send_signal(signal.SIGKILL)
    give_up_at = time.monotonic() + 20
    while _running("sleep 65432") and time.monotonic() < give_up_at:
        time.sleep(0.02)
    assert _running("sleep 65432") == []
    assert tree(tmp_path) == before
    new = set(Path("/proc/self/mountinfo").read_text().splitlines()) - mounts
    assert [line for line in new if " - overlay " in line or "hitl" in line] == []


def test_root_has_no_rights_over_the_system(folder: Path) -> None:
    """Kernel settings, devices, mounts, namespaces and the clock cannot be changed; the panel says why it failed."""
    device = os.stat("/dev/full")
    preview = previewed(
        folder,
        "echo 1 > /proc/sys/vm/swappiness; echo x > /dev/sda; mknod d b 7 0; mount -t tmpfs x /mnt; "
        "touch -d 2001-01-01 /dev/full; unshare -U true && echo a namespace; date -s 2001-01-01; "
        "hostname changed; echo 1 > /sys/kernel/uevent_seqnum; "
        "head -c 9 /dev/zero > /dev/null && echo devices work",
    )
    assert {change.path for change in preview.changes} <= {
        "/run/mount"
    }  # mount's own, which is there on some systems
    assert "/dev/sda: Read-only file system" in preview.output
    assert "a namespace" not in preview.output
    assert preview.output.endswith("devices work\n")
    assert os.stat("/dev/full") == device
    words = summarized(preview, str(folder), str(folder), is_root=True).hindrances
    assert "it tried to write to a place that cannot be written in a preview" in words


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make a device")
def test_a_device_in_an_ordinary_folder_is_out_of_reach(folder: Path) -> None:
    """Writing to a device does not depend on the folder that it is in, so no copy would help."""
    os.mknod(folder / "device", 0o600 | stat.S_IFCHR, os.makedev(1, 3))
    preview = previewed(folder, "touch /run/made; echo x > device; echo $?")
    assert [change.path for change in preview.changes] == ["/run/made"]
    assert preview.output.endswith("device: Permission denied\n1\n")


def test_files_that_change_meanwhile_end_no_preview(folder: Path) -> None:
    """Another process writes, deletes and creates files below the overlay all the time."""
    script = (
        "import os, itertools\n"
        "for n in itertools.count():\n"
        "    open(f'f{n % 50}', 'w').write('x' * (n % 1000)); os.rename(f'f{n % 50}', f'g{n % 7}')\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], cwd=folder) as other:
        try:
            preview = previewed(folder, "for n in 1 2 3; do cp g1 h$n; rm -f g*; ls; done; echo end")
            assert preview.output.endswith("end\n")
            assert other.poll() is None
        finally:
            other.kill()


def test_the_stage_imports_nothing_that_takes_long() -> None:
    """It starts with each preview: what json or dataclasses import would take longer than Python's own start."""
    script = (
        f"import sys; sys.path.append({str(Path(stage.__file__).parents[1])!r}); import stage.main; "
        "print(*sorted({'json', 're', 'enum', 'typing', 'subprocess', 'socket', 'contextlib'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script], stdout=subprocess.PIPE, text=True, check=True
    )
    assert done.stdout.split() == []


def test_a_folder_of_the_system_has_no_preview() -> None:
    """/run and the like are a preview's own, so nothing runs there."""
    with pytest.raises(PreviewError, match="cannot cover the folder /proc"):
        previewed(Path("/proc"), "true")
