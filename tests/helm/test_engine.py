"""The embedded engine is loaded in the background, and what goes wrong there is told where it is needed."""

import subprocess
import sys
import threading

import pytest

from migrate_dhi.helm import engine


def joined():
    for thread in threading.enumerate():
        if thread.name == "preload":
            thread.join()


def test_the_library_is_there_once_it_is_preloaded():
    script = (
        "import sys, threading; from migrate_dhi.helm import engine\n"
        "assert 'helm_python' not in sys.modules\n"
        "engine.preload()\n"
        "[t.join() for t in threading.enumerate() if t.name == 'preload']\n"
        "assert 'helm_python' in sys.modules\n"
        "assert engine.read_values('a: 0644') == {'a': 420}"
    )

    subprocess.run([sys.executable, "-c", script], check=True)


def test_what_is_asked_while_it_loads_is_answered():
    script = "from migrate_dhi.helm import engine; engine.preload(); print(engine.read_values('a: on'))"

    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)

    assert done.stdout == "{'a': True}\n"
    assert done.stderr == ""


def test_a_program_that_ends_before_it_is_loaded_ends_in_silence():
    script = "import sys; from migrate_dhi.helm import engine; engine.preload(); sys.exit(4)"

    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)

    assert (done.returncode, done.stdout, done.stderr) == (4, "", "")


def test_a_library_that_does_not_load_is_told_by_the_call_that_needs_it(monkeypatch, capfd):
    def refuse():
        raise ImportError("no library for this machine")

    monkeypatch.setattr(engine, "_helm", refuse)

    engine.preload()
    joined()

    assert capfd.readouterr().err == ""
    with pytest.raises(ImportError, match="no library"):
        engine.read_values("a: 1")
