"""A few calls at once."""

import os
import signal
import subprocess
import sys
import time
from threading import Lock

import pytest

from migrate_dhi.oci.parallel import at_once


def test_results_are_in_order_and_no_more_run_at_once_than_may():
    running, most, lock = [], [], Lock()

    def call(item):
        with lock:
            running.append(item)
            most.append(len(running))
        time.sleep(0.01 * (5 - item))
        with lock:
            running.remove(item)
        return -item

    assert at_once(call, range(5), 2) == [0, -1, -2, -3, -4]
    assert max(most) == 2


def test_nothing_to_do():
    assert at_once(str, [], 3) == []


def test_first_failure_is_raised_and_what_has_not_begun_is_left():
    begun = []

    def call(item):
        begun.append(item)
        raise KeyError(item)

    with pytest.raises(KeyError):
        at_once(call, range(50), 1)
    assert len(begun) < 50


def test_ctrl_c_waits_for_nobody():
    script = (
        "import signal, time; from migrate_dhi.oci.parallel import at_once;"
        "signal.signal(signal.SIGINT, signal.default_int_handler);"
        "print(flush=True); at_once(time.sleep, [9], 1)"
    )
    begun = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as child:
        child.stdout.readline()
        time.sleep(0.2)
        os.kill(child.pid, signal.SIGINT)
        child.wait(8)

    assert time.monotonic() - begun < 8
