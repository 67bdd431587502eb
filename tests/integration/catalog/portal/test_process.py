"""Servers are found again, and only ours are ever stopped."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.portal import PortalError
from catalog.portal.process import Server

pytestmark = pytest.mark.integration

ENV = {"PATH": "/usr/bin:/bin"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    one = Server("Sleeper", tmp_path / "home", tmp_path / "run" / "s.pid", tmp_path / "s.log")
    yield one
    one.stop(seconds=1)


def started(server: Server, *command: str) -> int:
    server.start(command, ENV)
    server.wait(lambda: server.pid() is not None, 5)
    pid = server.pid()
    assert pid is not None
    return pid


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


def test_start_find_again_stop(server: Server) -> None:
    pid = started(server, "sleep", "60")

    again = Server(server.name, server.home, server.pid_file, server.log)
    assert again.pid() == pid
    assert again.stop()
    assert not is_alive(pid)
    assert again.pid() is None
    assert not again.stop()


def test_it_does_not_share_our_session(server: Server) -> None:
    pid = started(server, "sleep", "60")

    assert os.getsid(pid) == pid != os.getsid(0)


def test_a_stale_pid_file_names_nobody(server: Server) -> None:
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as foreign:
        server.pid_file.parent.mkdir(parents=True)
        server.pid_file.write_text(f"{foreign.pid}\n")

        assert server.pid() is None
        assert not server.stop()
        assert foreign.poll() is None
        foreign.kill()


@pytest.mark.parametrize("text", ["", "x", "-1", "0", "99999999"])
def test_a_broken_pid_file_names_nobody(server: Server, text: str) -> None:
    server.pid_file.parent.mkdir(parents=True)
    server.pid_file.write_text(text)

    assert server.pids() == []


def test_a_shell_in_the_folder_is_not_ours(server: Server) -> None:
    started(server, "sleep", "60")
    with subprocess.Popen(["sleep", "60"], cwd=server.home, start_new_session=True) as foreign:
        server.stop()

        assert foreign.poll() is None
        foreign.kill()


def test_children_of_a_killed_server_are_swept(server: Server) -> None:
    pid = started(server, "sh", "-c", "sleep 60 & sleep 61 & wait")
    deadline = time.monotonic() + 5
    while len(server.pids()) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(pid, signal.SIGKILL)
    while is_alive(pid):
        time.sleep(0.02)

    left = server.pids()
    assert len(left) == 2
    assert server.pid() is None
    assert server.sweep()
    assert not any(map(is_alive, left))


def test_a_deaf_server_is_ended_by_force(server: Server) -> None:
    pid = started(server, "sh", "-c", "trap '' TERM; while :; do sleep 0.1; done")

    assert server.stop(seconds=0.5)
    assert not is_alive(pid)


def test_the_end_of_a_server_is_told_with_its_log(server: Server) -> None:
    server.start(["sh", "-c", "echo no room on disk >&2; exit 3"], ENV)

    with pytest.raises(PortalError, match=r"Sleeper: ended.*(?s:.*)no room on disk"):
        server.wait(lambda: False, 20)


def test_silence_is_told(server: Server) -> None:
    server.start(["sleep", "60"], ENV)

    with pytest.raises(PortalError, match="no answer after 0 s"):
        server.wait(lambda: False, 0.2)


def test_its_files_are_private(server: Server) -> None:
    started(server, "sh", "-c", "touch made; sleep 60")
    made = server.home / "made"
    while not made.exists():
        time.sleep(0.02)

    assert made.stat().st_mode & 0o077 == 0
