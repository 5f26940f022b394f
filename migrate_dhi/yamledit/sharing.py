"""What anchors, aliases and merge keys make of one piece of text: all the paths at which it is read."""

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.yamledit.data import is_merge, key_text, resolve
from migrate_dhi.yamledit.locate import child_index, holder
from migrate_dhi.yamledit.nodes import YamlNode, YamlTree
from migrate_dhi.yamledit.path import Path

_MOST = 1000


class Sharing:
    """The users of the text of one tree."""

    def __init__(self, tree: YamlTree) -> None:
        self.tree = tree
        self.above: dict[int, tuple[YamlNode, int]] = {}
        stack = [tree.root] if tree.root is not None else []
        while stack:
            node = stack.pop()
            children = [value for _, value in node.entries] or node.items
            self.above.update((id(child), (node, n)) for n, child in enumerate(children))
            stack += children
        self.count = 0

    def source(self, path: Path) -> tuple[YamlNode | None, Path]:
        """The node whose text decides what stands at a path, and the part of the path that is missing below it."""
        node = self.tree.root
        for depth, part in enumerate(path):
            owner = holder(resolve(node), part) if node is not None else None
            if owner is None:
                return resolve(node) if node is not None else None, path[depth:]
            index = child_index(owner, part) or 0
            node = owner.inner(index)
        return resolve(node) if node is not None else None, ()

    def users(self, node: YamlNode, below: Path) -> list[Path]:
        """Every path at which the text of a node is read, each with a path below it.

        Raises:
            EditRefusedError: there are too many.
        """
        self.count = 0
        return self._users(node, below)

    def _users(self, node: YamlNode, below: Path) -> list[Path]:
        self.count += 1
        if self.count > _MOST:
            raise EditRefusedError("the aliases are used in too many places", line=node.line + 1)
        aliases = [alias for alias in self.tree.aliases if alias.target is node]
        paths = [path for one in (node, *aliases) for path in self.place(one, below)]
        return list(dict.fromkeys(paths))

    def place(self, node: YamlNode, below: Path) -> list[Path]:
        """Where a node itself, or an alias, is read."""
        if node is self.tree.root:
            return [below]
        parent, index = self.above[id(node)]
        if parent.kind == "map":
            key = parent.entries[index][0]
            if is_merge(key):
                return self.merged_place(parent, node, below)
            name = key_text(key)
            counts = holder(parent, name) is parent and child_index(parent, name) == index
            return self._users(parent, (name, *below)) if counts else []
        outer, at = self.above.get(id(parent), (parent, 0))
        if outer.kind == "map" and is_merge(outer.entries[at][0]):
            return self.merged_place(outer, node, below)
        return self._users(parent, (index, *below))

    def merged_place(self, parent: YamlNode, node: YamlNode, below: Path) -> list[Path]:
        """Where a map is read that a merge key brings in; nowhere, where another entry overrides it."""
        if not below:
            return []
        owner = holder(parent, below[0])
        own = holder(resolve(node), below[0])
        return self._users(parent, below) if owner is None or owner is own else []

    def own_path(self, node: YamlNode) -> Path:
        """The path to where a node is written."""
        path: Path = ()
        while node is not self.tree.root:
            parent, index = self.above[id(node)]
            path = (index if parent.kind == "list" else key_text(parent.entries[index][0]), *path)
            node = parent
        return path
