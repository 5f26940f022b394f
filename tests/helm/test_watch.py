"""Calls under control: what they write, how long they may take, and what becomes of those that take too long."""

import os
import threading
import time

import pytest

from migrate_dhi.errors import LimitError
from migrate_dhi.helm import watch
from migrate_dhi.helm.watch import abandoned, alone, begin, settled, watched


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


def begun(call, seconds=20):
    return begin(call, seconds=seconds, what="the begun")


def test_the_result_and_what_was_written_meanwhile():
    result, notices = watched(lambda: os.write(2, b"one\ntwo\n"), seconds=5, what="the call")

    assert result == 8
    assert notices == ("one", "two")


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
    monkeypatch.setattr(watch._state, "measured", 0)

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

    assert found == {number: (str(number),) for number in range(8)}


@pytest.mark.usefixtures("two")
def test_a_begun_call_works_beside_one_that_is_waited_for():
    meeting = threading.Barrier(2)

    with settled():
        one = begun(lambda: meeting.wait(10) * 0 + 1)
        assert watched(lambda: meeting.wait(10) * 0 + 2, seconds=20, what="the call")[0] == 2
        assert one.result() == 1


@pytest.mark.usefixtures("two")
def test_begun_calls_are_made_one_at_a_time_so_that_none_waited_for_has_to_wait():
    at_work, most, go = [], [], threading.Event()

    def call():
        at_work.append(1)
        most.append(len(at_work))
        go.wait(10)
        time.sleep(0.01)
        at_work.pop()
        return "begun"

    with settled():
        several = [begun(call) for _ in range(3)]
        watched(lambda: None, seconds=20, what="the call")
        assert len(most) <= 1
        go.set()
        while len(most) < 3:
            time.sleep(0.01)
        assert [one.result() for one in several] == ["begun"] * 3

    assert most == [1, 1, 1]


@pytest.mark.usefixtures("two")
def test_what_is_asked_for_goes_before_what_was_begun_earlier():
    order = []
    first = threading.Event()

    with settled():
        begun(lambda: (first.wait(10), order.append("first")))
        begun(lambda: order.append("second"))
        third = begun(lambda: order.append("third") or "third")
        assert third.result() == "third"
        assert order == ["third"]
        first.set()


@pytest.mark.usefixtures("two")
def test_while_one_that_was_begun_is_waited_for_the_next_of_them_works_beside_it():
    following = threading.Event()

    with watch.settled():
        first = watch.begin(lambda: following.wait(5), seconds=10, what="first")
        second = watch.begin(lambda: following.set() or 2, seconds=10, what="second")

        assert first.result() is True
        assert second.result() == 2


def test_a_begun_call_that_fails_is_to_be_made_alone_and_the_others_are_not():
    with settled():
        calls = [begun(lambda: 1), begun(lambda: 1 // 0), begun(lambda: 3)]

        assert [one.result() for one in calls] == [1, None, 3]


@pytest.mark.usefixtures("two")
def test_where_calls_that_work_at_a_time_write_they_are_made_once_more_one_by_one():
    meeting, wrote, made = threading.Barrier(2), [], []

    def call():
        made.append(1)
        if len(made) == 1:
            meeting.wait(10)
        return os.write(2, b"said\n")

    with settled():
        one = begun(lambda: meeting.wait(10) and wrote.append(1))
        result, notices = watched(call, seconds=20, what="the call")
        assert one.result() is None
        # Nothing is begun from then on.
        assert begun(lambda: 1) is None

    assert (result, notices, len(made)) == (5, ("said",), 2)


@pytest.mark.usefixtures("two")
def test_what_a_begun_call_writes_alone_is_no_result_either():
    with settled():
        one = begun(lambda: os.write(2, b"said\n"))

        assert one.result() is None
        assert begun(lambda: 1) is None


@pytest.mark.usefixtures("two")
def test_what_tells_nothing_is_of_no_account():
    with settled():
        one = begun(lambda: os.write(2, b"found symbolic link in path\n"))

        assert watched(lambda: 2, seconds=20, what="the call") == (2, ())
        assert one.result() == 28


@pytest.mark.usefixtures("two")
def test_one_of_several_processes_makes_its_calls_alone():
    alone()

    assert begun(lambda: 1) is None


@pytest.mark.usefixtures("two")
def test_after_a_block_nothing_that_was_begun_works_and_descriptor_2_is_given_back(capfd):
    ended, made = [], []
    with settled():
        begun(lambda: (time.sleep(0.2), ended.append(1)))
        waiting = begun(lambda: made.append(1))
    os.write(2, b"said\n")

    assert (ended, made, waiting.result()) == ([1], [], None)
    assert capfd.readouterr().err == "said\n"


@pytest.mark.usefixtures("two")
def test_a_block_that_fails_waits_too_and_its_own_error_is_raised():
    ended = []

    def block():
        with settled():
            begun(lambda: (time.sleep(0.2), ended.append(1)))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        block()

    assert ended == [1]
    assert not abandoned()


@pytest.mark.usefixtures("two", "quiet")
def test_a_block_that_is_interrupted_waits_for_nothing(capfd):
    at_work, go, made = threading.Event(), threading.Event(), []

    def block():
        with settled():
            begun(lambda: (at_work.set(), go.wait(10)))
            begun(lambda: made.append(1))
            at_work.wait(10)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        block()

    assert abandoned()
    os.write(2, b"said\n")
    assert capfd.readouterr().err == "said\n"
    go.set()
    while abandoned():
        time.sleep(0.01)
    assert made == []
    assert watched(lambda: 5, seconds=5, what="the call")[0] == 5


@pytest.mark.usefixtures("two", "quiet")
@pytest.mark.parametrize("ask", ["the block", "the result", "another call"])
def test_a_begun_call_that_takes_too_long_is_given_up_whoever_waits(ask):
    ones = []

    def block():
        with settled():
            ones.append(begun(lambda: time.sleep(1), seconds=0.2))
            if ask == "the result":
                ones[0].result()
            elif ask == "another call":
                watched(lambda: time.sleep(1), seconds=20, what="the call")

    with pytest.raises(LimitError, match=r"^the begun takes more than 0\.2 seconds$"):
        block()

    assert abandoned()
    assert begun(lambda: 1) is None
    assert ones[0].result() is None
