"""What all plans of a repository have in common, and where they share what they unpack."""

from dataclasses import replace
from pathlib import Path

import pytest

from migrate_dhi.migration.options import Options, quiet
from migrate_dhi.migration.scanning import Ground, entries_of, sharing
from migrate_dhi.migration.source import Opening
from tests.migration.releases import estate


def ground(**more):
    return Ground(Path("/nowhere"), "commit", estate(), Options(**more), Opening())


def test_all_workers_share_one_folder_which_goes_again():
    one = ground(progress=print, offline=True, cache=Path("/cache"))

    with sharing(one) as shared:
        folder = shared.options.scratch
        assert folder.is_dir()
        # A worker has nobody to tell, and fetches from where the plans would.
        assert shared.options.progress is quiet
        assert shared.opening.shelf == shared.options.shelf
        assert (shared.options.shelf.offline, shared.options.cache) == (True, Path("/cache"))
        assert replace(shared, options=one.options, opening=one.opening) == one
        (folder / "chart").mkdir()

    assert not folder.exists()


def test_the_folder_goes_whatever_happens():
    seen = []

    def broken():
        with sharing(ground()) as shared:
            seen.append(shared.options.scratch)
            return 1 // 0

    with pytest.raises(ZeroDivisionError):
        broken()

    assert not seen[0].exists()


def test_of_no_groups_there_are_no_entries():
    assert list(entries_of([], ground(), lambda error: error)) == []
