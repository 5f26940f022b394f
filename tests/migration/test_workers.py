"""Tasks in processes of their own: one that is lost or exceeds its limits harms no other, and nothing is left behind."""

import gc
import os
import signal
import tempfile
import time
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from migrate_dhi import redact
from migrate_dhi.errors import InvalidChartError, LimitError, UsageError
from migrate_dhi.migration.workers import Outcome, in_order, run, worker_count
from migrate_dhi.ui.process import told


def begun():
    """Said once in each worker."""
    return partial(work, os.getpid())


def work(beginner, task):
    kind, value = task
    if kind == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if kind == "wrong":
        raise InvalidChartError("it is wrong", where=value, help="mend it")
    if kind == "limit":
        raise LimitError("it takes too long")
    if kind == "bug":
        raise KeyError(value)
    if kind == "secret":
        redact.learn_value(value)
    if kind == "slow":
        time.sleep(value)
    if kind == "scratch":
        return tempfile.mkdtemp()
    if kind == "garbage":
        return os.environ.get("GOGC"), gc.get_threshold()[0]
    return (beginner, os.getpid(), value)


def unready():
    raise UsageError("nothing can begin")


def done(tasks, **options):
    return list(in_order(run(begun, tasks, told=told, **options)))


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    """A folder for scratch files, that is empty in the end."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def test_one_worker_is_this_process():
    outcomes = done([("say", 1), ("say", 2)])

    assert [outcome.result for outcome in outcomes] == [
        (os.getpid(), os.getpid(), 1),
        (os.getpid(), os.getpid(), 2),
    ]


def test_two_workers_begin_once_each_and_do_all_in_order(scratch):
    outcomes = done([("say", number) for number in range(8)], workers=2)

    assert [outcome.result[2] for outcome in outcomes] == list(range(8))
    places = {outcome.result[:2] for outcome in outcomes}
    assert 1 <= len(places) <= 2
    assert all(beginner == worker != os.getpid() for beginner, worker in places)


@pytest.mark.parametrize(("own", "wanted"), [("", "400"), ("50", "50")])
def test_a_worker_and_its_engine_collect_garbage_seldom_unless_the_user_says_how_often(
    scratch, monkeypatch, own, wanted
):
    monkeypatch.delenv("GOGC", raising=False)
    if own:
        monkeypatch.setenv("GOGC", own)
    found = [outcome.result for outcome in done([("garbage", "")] * 2, workers=2)]

    assert found == [(wanted, 100_000)] * 2
    assert os.environ.get("GOGC", "") == own


def test_a_lost_worker_loses_its_task_alone(scratch):
    outcomes = done([("say", 0), ("die", ""), ("say", 2), ("say", 3)], workers=2)

    assert [bool(outcome.error) for outcome in outcomes] == [False, True, False, False]
    assert isinstance(outcomes[1].error, LimitError)
    assert "ended by itself" in outcomes[1].error.message


def test_a_worker_whose_task_exceeds_its_limits_is_ended_and_the_others_go_on(scratch):
    outcomes = done([("say", 0), ("limit", ""), ("say", 2)], workers=1 + 1)
    alone = list(run(begun, [("limit", ""), ("say", 1)], workers=2, told=told))

    assert [type(outcome.error) for outcome in outcomes] == [type(None), LimitError, type(None)]
    assert {outcome.number for outcome in alone} == {0, 1}


def test_an_error_keeps_its_place_and_help(scratch):
    (outcome, _) = done([("wrong", "apps/a/Chart.yaml"), ("say", 1)], workers=2)

    assert isinstance(outcome.error, InvalidChartError)
    assert (outcome.error.where, outcome.error.help, outcome.error.exit_code) == (
        "apps/a/Chart.yaml",
        "mend it",
        4,
    )


@pytest.mark.parametrize("workers", [1, 2])
def test_a_bug_in_one_task_is_told_as_one(workers):
    outcomes = done([("bug", "key"), ("say", 1)], workers=workers)

    assert outcomes[0].error.exit_code == 3
    assert "KeyError" in outcomes[0].error.message
    assert outcomes[1].result[2] == 1


def test_secrets_come_with_their_task_alone(scratch):
    outcomes = done([("secret", "hunter2-of-a"), ("say", 1), ("say", 2)], workers=2)

    assert "hunter2-of-a" in outcomes[0].secrets
    assert not outcomes[1].secrets
    assert not outcomes[2].secrets


def test_what_no_worker_can_begin_with_is_raised(scratch):
    with pytest.raises(UsageError, match="nothing can begin"):
        list(run(unready, [("say", 1), ("say", 2)], workers=2, told=told))


def test_who_stops_listening_ends_all_workers(scratch):
    began = time.monotonic()
    with closing(run(begun, [("say", 1), ("slow", 60), ("slow", 60)], workers=2, told=told)) as outcomes:
        first = next(outcomes)

    assert first.result[2] == 1
    assert time.monotonic() - began < 30


def test_what_a_worker_leaves_lies_in_the_scratch_of_its_parent(scratch):
    (left,) = [o.result for o in run(begun, [("scratch", ""), ("die", "")], workers=2, told=told) if o.result]

    assert Path(left).is_relative_to(scratch)


@pytest.mark.parametrize(
    ("tasks", "wanted", "count"), [(1, 0, 1), (3, 0, 1), (5, 2, 2), (1, 4, 1), (0, 0, 1)]
)
def test_few_tasks_are_not_worth_a_second_process(tasks, wanted, count):
    assert worker_count(tasks, wanted) == count


# what needs no process


@pytest.mark.parametrize(
    ("processors", "tasks", "wanted", "count"),
    [
        # Four tasks are worth a worker, and a processor has one.
        (8, 3, 0, 1),
        (8, 7, 0, 1),
        (8, 8, 0, 2),
        (8, 100, 0, 8),
        (1, 100, 0, 1),
        # As many as are asked for, and none idle.
        (1, 100, 3, 3),
        (8, 2, 5, 2),
        (8, 0, 5, 1),
    ],
)
def test_as_many_workers_as_tasks_are_worth(monkeypatch, processors, tasks, wanted, count):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(processors)), raising=False)

    assert worker_count(tasks, wanted) == count


def test_where_nothing_says_which_processors_may_be_used_all_may(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    assert worker_count(100) == 3

    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert worker_count(100) == 1


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 2, 0], [1, 0, 2]])
def test_each_outcome_as_soon_as_those_before_it_are_there(order):
    asked = []

    def coming():
        for number in order:
            asked.append(number)
            yield Outcome(number)

    told_ = []
    for outcome in in_order(coming()):
        # No more was waited for than was needed.
        assert len(asked) == max(order.index(number) for number in range(outcome.number + 1)) + 1
        told_.append(outcome.number)

    assert told_ == [0, 1, 2]


def test_alone_an_error_harms_no_other_task():
    outcomes = done([("wrong", "a"), ("say", 1), ("bug", "x"), ("say", 2)])

    assert [type(one.error).__name__ for one in outcomes] == [
        "InvalidChartError",
        "NoneType",
        "MigrateDhiError",
        "NoneType",
    ]
    assert [one.number for one in outcomes] == [0, 1, 2, 3]
    assert outcomes[3].result[2] == 2
    assert all(one.seconds >= 0 and one.memory > 0 for one in outcomes)


def test_alone_what_cannot_begin_is_raised_at_once():
    with pytest.raises(UsageError, match="nothing can begin"):
        next(run(unready, [("say", 1)], told=told))


def test_no_tasks_are_done_at_once():
    assert done([]) == []
