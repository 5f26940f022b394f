"""Releases as an estate has them, made by hand."""

from migrate_dhi.migration.groups import Group
from migrate_dhi.release.estate import Estate
from migrate_dhi.release.release import Origin, Release

REMOTE = Origin("repository", "cache", "1.0.0", "https://charts.example")


def local(path):
    return Origin("directory", path.rpartition("/")[2], path=path)


def release(name="cache", namespace="data", file="apps/x.yaml", origin=REMOTE, **more):
    return Release(
        more.pop("way", "helmrelease"), namespace, name, file, more.pop("document", 0), 1, origin, **more
    )


def estate(*releases):
    return Estate(releases, (), {})


def group(*releases, argument="data/cache", chart=""):
    return Group(argument, releases, chart)
