"""The ground of the audit: every release of the estate rendered, and every manifest besides."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from migrate_dhi.audit.ground import Ground, Rendered, Unrendered, item_of, items_of
from migrate_dhi.errors import MigrateDhiError
from migrate_dhi.git.repository import Repository
from migrate_dhi.git.snapshot import Snapshot
from migrate_dhi.helm.chart import merge
from migrate_dhi.migration.options import Options
from migrate_dhi.migration.source import Opening
from migrate_dhi.migration.survey import renderer_of
from migrate_dhi.migration.target import estate_of, open_release
from migrate_dhi.release.addresses import Addresses
from migrate_dhi.release.declared import Declared
from migrate_dhi.release.estate import Estate
from migrate_dhi.release.layer import merged
from migrate_dhi.release.raw import asleep, raw_objects
from migrate_dhi.release.release import Release, Unresolved
from migrate_dhi.release.streams import data_of
from migrate_dhi.untyped import mapping, sequence, text_at


class Surveyor:
    """Renders all of a repository; a context manager, since what it gives may be rendered again.

    Args:
        root: a folder of the repository.
        base: the revision to read; empty for the worktree.
        options: where charts are from, and what is told of the cluster.

    Raises:
        RepositoryError: there is no repository.
    """

    def __init__(self, root: Path, base: str, options: Options) -> None:
        self.options = options
        self.repository = Repository.discover(root)
        revision = base or "HEAD"
        self.commit = self.repository.resolve(revision)
        self.opening = Opening(
            base=revision, branch=bool(base), shelf=options.shelf, repo_urls=options.repo_urls
        )
        root = self.repository.root
        self.files = Snapshot.of_commit(root, self.commit) if base else Snapshot.of_worktree(root)
        self._stack = ExitStack()

    def __enter__(self) -> Ground:
        self._stack.__enter__()
        return self._look()

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _look(self) -> Ground:
        estate = estate_of(self.repository, self.commit, self.opening)
        declared = Declared(self.files, Addresses.of_clone(self.repository.root, self.options.repo_urls))
        rendered: list[Rendered] = []
        missing: list[Unrendered] = []
        for one in self._each(estate, declared):
            (rendered if isinstance(one, Rendered) else missing).append(one)  # type: ignore[arg-type]
        missing += [_unresolved(one, declared) for one in estate.unresolved]
        raw = tuple(item_of(one) for one in raw_objects(declared))
        return Ground(tuple(rendered), raw, tuple(missing))

    def _each(self, estate: Estate, declared: Declared) -> Iterator[Rendered | Unrendered]:
        others = any(one.way != "chart" for one in estate.releases)
        for number, release in enumerate(estate.releases, 1):
            self.options.progress(f"rendering {release.id} ({number} of {len(estate.releases)})")
            why = asleep(declared, release, others)
            try:
                yield self._rendered(release, estate, why)
            except MigrateDhiError as error:
                reason = str(error).splitlines()[0]
                yield Unrendered(
                    release.id,
                    release.namespace or "default",
                    release.file,
                    release.line,
                    reason,
                    _known(release, declared),
                    why,
                    release.files or (release.file,),
                )
        self.options.progress("")

    def _rendered(self, release: Release, estate: Estate, why: str) -> Rendered:
        source = open_release(release, self.repository, self.commit, estate, self.opening)
        member = next(iter(source.target.members.values()))
        texts = source.chart.texts
        renderer = self._stack.enter_context(renderer_of(member, self.options))
        manifests = renderer.render(texts, merged=True)
        namespace = renderer.options.namespace
        items = items_of(manifests, namespace, release.id)
        return Rendered(release.id, namespace, member, items, manifests.values, why, renderer)


def _unresolved(one: Unresolved, declared: Declared) -> Unrendered:
    """What hides its chart, with the values that its object holds."""
    placed = [
        found
        for found in declared.placed
        if (found.resource.file, found.resource.line) == (one.file, one.line)
    ]
    whole = mapping(mapping(placed[0].resource.whole if placed else {}).get("spec"))
    # Of an ApplicationSet the Applications are told by its template.
    spec = mapping(mapping(whole.get("template")).get("spec")) or whole
    values = mapping(spec.get("values"))
    for source in (spec.get("source"), *sequence(spec.get("sources"))):
        helm = mapping(mapping(source).get("helm"))
        # An object counts more than a text, which is not read beside it.
        given = mapping(helm.get("valuesObject")) or mapping(data_of(text_at(helm, "values")))
        values = merge(values, given)
    space = text_at(spec, "targetNamespace") or text_at(spec, "destination", "namespace")
    space = space or (placed[0].namespace if placed else "")
    return Unrendered(one.name, space or "default", one.file, one.line, one.reason, values, files=(one.file,))


def _known(release: Release, declared: Declared) -> dict[str, object]:
    """The values of a release that Git has; empty where they are no YAML."""
    texts = {layer.file: declared.contents.text(layer.file) for layer in release.layers}
    try:
        return merged(release.layers, texts)
    except MigrateDhiError:
        return {}
