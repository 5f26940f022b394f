"""What a repository declares, as each way to deploy is given it: its files, and its objects as they are deployed."""

from functools import cached_property
from pathlib import Path

from migrate_dhi.git.snapshot import Snapshot
from migrate_dhi.helm.shelf import Shelf
from migrate_dhi.helm.store import user_cache
from migrate_dhi.release.addresses import Addresses
from migrate_dhi.release.contents import Contents
from migrate_dhi.release.placed import Placed, Placement


class Declared:
    """A repository to find releases in; everything is computed once, when it is first asked for.

    ``folders`` hold charts that its own depend on.
    """

    def __init__(
        self, files: Snapshot, addresses: Addresses | None = None, folders: tuple[Path, ...] = ()
    ) -> None:
        self.contents = Contents(files, addresses)
        self.placement = Placement(self.contents)
        self._folders = folders

    @cached_property
    def shelf(self) -> Shelf:
        """The charts that are at hand, in the given folders and the cache: nothing is fetched to find releases."""
        return Shelf(self._folders, user_cache(), offline=True)

    @cached_property
    def placed(self) -> tuple[Placed, ...]:
        """Every object that deploys charts or says where one is from, once for each build that makes another of it."""
        return self.placement.placed

    def kind(self, *kinds: str) -> tuple[Placed, ...]:
        """The objects of some kinds."""
        return tuple(one for one in self.placed if one.kind in kinds)

    def only_a_component(self, file: str) -> bool:
        """Whether a file stands beside a kustomize component, which is nothing by itself."""
        folder = file.rpartition("/")[0] or "."
        own = self.contents.kustomization(folder)
        return own is not None and self.contents.data(own).get("kind") == "Component"
