"""A few calls at once, in threads that nobody waits for after Ctrl-C."""

from collections import deque
from collections.abc import Callable, Iterable
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def at_once(call: Callable[[_Item], _Result], items: Iterable[_Item], most: int) -> list[_Result]:
    """The results of a call for each item, in their order, at most so many at a time.

    What a call raises is raised here; what has not begun then never does. Threads of a pool would be
    waited for when the program ends, and a registry may take its time.
    """
    left = deque(enumerate(items))
    count = len(left)
    done: SimpleQueue[tuple[int, _Result | BaseException]] = SimpleQueue()

    def work() -> None:
        while True:
            try:
                number, item = left.popleft()
            except IndexError:
                return
            try:
                done.put((number, call(item)))
            except BaseException as error:  # noqa: BLE001 - the one who waits gets it
                left.clear()
                done.put((number, error))

    for _ in range(min(most, count)):
        Thread(target=work, daemon=True).start()
    found: dict[int, _Result] = {}
    while len(found) < count:
        number, result = done.get()
        if isinstance(result, BaseException):
            raise result
        found[number] = result
    return [found[number] for number in range(count)]
