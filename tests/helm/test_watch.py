"""Calls under control: what they write, how long they may take, and what becomes of those that take too long."""

import os
import threading
import time

import pytest

from migrate_dhi.errors import LimitError
from migrate_dhi.helm import watch
from migrate_dhi.helm.watch import abandoned, alone, side_by_side, watched


@pytest.fixture
def quiet():
    """Wait until nothing that a test gave up still works: it would be in the way of the next test."""
    yield
    end = time.monotonic() + 20
    while abandoned():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture
def two(monkeypatch):
    """A process that has two processors, and in which no call has written anything yet."""
    monkeypatch.setattr(watch, "_processors", lambda: 2)
    monkeypatch.setattr(watch._state, "one_by_one", False)


def together(calls, seconds=20):
    return side_by_side(calls, seconds=seconds, what="the call", tells=list)


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


@pytest.mark.usefixtures("two")
def test_two_calls_work_at_a_time():
    meeting = threading.Barrier(2)

    assert together([lambda: meeting.wait(10) * 0 + 1, lambda: meeting.wait(10) * 0 + 2]) == [1, 2]


@pytest.mark.usefixtures("two")
def test_a_call_that_fails_is_to_be_made_alone_and_the_others_are_not():
    assert together([lambda: 1, lambda: 1 // 0, lambda: 3]) == [1, None, 3]


@pytest.mark.usefixtures("two")
def test_where_one_writes_all_are_to_be_made_alone_from_then_on():
    made = []

    assert together([lambda: os.write(2, b"said\n"), lambda: 2]) == [None, None]
    assert together([lambda: made.append(1), lambda: made.append(2)]) == [None, None]
    assert made == []


@pytest.mark.usefixtures("two")
def test_what_tells_nothing_is_of_no_account():
    calls = [lambda: os.write(2, b"plain\n"), lambda: 2]

    assert side_by_side(calls, seconds=20, what="the call", tells=lambda _: []) == [6, 2]


@pytest.mark.usefixtures("two")
def test_one_of_several_processes_makes_its_calls_alone():
    alone()

    assert together([lambda: 1, lambda: 2]) == [None, None]


@pytest.mark.usefixtures("two", "quiet")
def test_of_calls_side_by_side_none_is_made_once_one_took_too_long():
    made = []
    calls = [lambda: time.sleep(1), lambda: time.sleep(1), lambda: made.append(3)]

    with pytest.raises(LimitError, match=r"^the call takes more than 0\.2 seconds$"):
        together(calls, seconds=0.2)
    while abandoned():
        time.sleep(0.01)

    assert made == []
    assert watched(lambda: 5, seconds=5, what="the call")[0] == 5
