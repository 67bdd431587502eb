"""Processes are found again, told apart from strangers, and end with their children."""

import json
import os
import time

import psutil
import pytest

from orchestration.processes import Child, ProcessError, python

SLEEP = "import time; time.sleep(60)"


@pytest.fixture
def child(tmp_path):
    made = Child("sleeper", python("-c", SLEEP), tmp_path)
    yield made
    made.stop()


def test_a_child_is_found_again_by_its_pid_file(child, tmp_path):
    child.start()
    assert Child("sleeper", python("-c", SLEEP), tmp_path).pid == child.pid is not None


def test_starting_twice_starts_one(child):
    child.start()
    first = child.pid
    child.start()
    assert child.pid == first


def test_stopping_ends_its_children_too(tmp_path):
    script = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEP!r}]).wait()"
    parent = Child("parent", python("-c", script), tmp_path)
    parent.start()
    family = psutil.Process(parent.pid)
    parent.wait(lambda: bool(family.children()), 10)
    grandchild = family.children()[0]
    assert parent.stop()
    assert not grandchild.is_running()
    assert parent.pid is None
    assert not parent.stop()


def test_a_pid_that_belongs_to_somebody_else_is_left_alone(tmp_path):
    stranger = Child("stranger", python("-c", SLEEP), tmp_path)
    started = psutil.Process(os.getpid()).create_time() - 3600
    stranger.pid_file.write_text(json.dumps({"pid": os.getpid(), "started": started}))
    assert stranger.pid is None
    assert not stranger.stop()
    assert psutil.Process(os.getpid()).is_running()


def test_a_process_that_ends_at_once_tells_why(tmp_path):
    broken = Child("broken", python("-c", "raise SystemExit('no such table')"), tmp_path)
    broken.start()
    with pytest.raises(ProcessError, match="no such table"):
        broken.wait(lambda: False, 10)


def test_waiting_ends_in_time(child):
    child.start()
    began = time.monotonic()
    with pytest.raises(ProcessError, match="not ready"):
        child.wait(lambda: False, 0.3)
    assert time.monotonic() - began < 5
