"""Questions: what the library makes for each of them, and need not."""

import pytest

from migrate_dhi.ui import prompts


@pytest.fixture
def bound(monkeypatch):
    """How often the library binds its keys from now on."""
    from prompt_toolkit.application import application
    from prompt_toolkit.key_binding import KeyBindings

    times = []
    monkeypatch.setattr(application, "load_key_bindings", lambda: times.append(1) or KeyBindings())
    prompts._keep_key_bindings.cache_clear()
    yield times
    prompts._keep_key_bindings.cache_clear()


def test_keys_are_bound_once_for_all_questions(bound):
    from prompt_toolkit.input import create_pipe_input
    from prompt_toolkit.output import DummyOutput

    for _ in range(2):
        with create_pipe_input() as keys:
            prompts._questionary().select("Which?", ["a", "b"], input=keys, output=DummyOutput())

    assert len(bound) == 1
