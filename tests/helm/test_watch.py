"""Calls under control: what they write, how long they may take, and what becomes of those that take too long."""

import os
import threading
import time

import pytest

from migrate_dhi.errors import LimitError
from migrate_dhi.helm import watch
from migrate_dhi.helm.watch import abandoned, watched


@pytest.fixture
def quiet():
    """Wait until nothing that a test gave up still works: it would be in the way of the next test."""
    yield
    end = time.monotonic() + 20
    while abandoned():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_the_result_and_what_was_written_meanwhile():
    result, notices = watched(lambda: os.write(2, b"one\ntwo\n"), seconds=5, what="the call")

    assert result == 8
    assert notices == ["one", "two"]


def test_what_is_written_before_and_after_is_not_caught(capfd):
    os.write(2, b"before\n")
    watched(lambda: os.write(2, b"meanwhile\n"), seconds=5, what="the call")
    os.write(2, b"after\n")

    assert capfd.readouterr().err == "before\nafter\n"


def test_an_error_is_raised_where_the_call_was_asked_for():
    with pytest.raises(ZeroDivisionError):
        watched(lambda: 1 // 0, seconds=5, what="the call")
    assert not abandoned()


@pytest.mark.usefixtures("quiet")
def test_what_takes_too_long_is_given_up_and_another_call_does_not_wait_for_it():
    begin = time.monotonic()
    with pytest.raises(LimitError, match=r"^the call takes more than 0\.2 seconds$"):
        watched(lambda: time.sleep(2), seconds=0.2, what="the call")
    assert abandoned()
    with pytest.raises(LimitError, match=r"^the call takes more than 0\.2 seconds$"):
        watched(lambda: None, seconds=5, what="the other")

    assert time.monotonic() - begin < 1.5


@pytest.mark.usefixtures("quiet")
def test_once_it_has_ended_after_all_calls_go_on():
    with pytest.raises(LimitError):
        watched(lambda: time.sleep(0.5), seconds=0.1, what="the call")
    time.sleep(0.8)

    assert not abandoned()
    assert watched(lambda: 5, seconds=5, what="the call")[0] == 5


@pytest.mark.usefixtures("quiet")
def test_file_descriptor_2_is_given_back_where_a_call_is_given_up(capfd):
    with pytest.raises(LimitError):
        watched(lambda: time.sleep(0.5), seconds=0.1, what="the call")
    os.write(2, b"said\n")

    assert capfd.readouterr().err == "said\n"


@pytest.mark.usefixtures("quiet")
def test_what_takes_too_much_memory_is_given_up(monkeypatch):
    monkeypatch.setattr(watch, "MOST_MEMORY", 50 * 1024**2)

    def grow():
        held = bytearray(os.urandom(1024) * 200 * 1024)
        time.sleep(1)
        return len(held)

    with pytest.raises(LimitError, match=r"^the call takes more than 50 MiB of memory$"):
        watched(grow, seconds=20, what="the call")


def test_calls_from_several_threads_do_not_mix_what_they_write():
    found = {}

    def ask(number):
        def call():
            os.write(2, f"{number}\n".encode())
            time.sleep(0.02)
            os.write(2, f"{number}\n".encode())

        found[number] = watched(call, seconds=20, what="the call")[1]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == {number: [str(number)] * 2 for number in range(8)}
