"""Chart.lock: its digest as Helm writes it, the versions that it names, and one that was made for other charts."""

from types import SimpleNamespace

import pytest

from migrate_dhi.errors import DependencyError
from migrate_dhi.helm.lock import digest_of, locked_versions

ONE = {"name": "cache", "version": "^1.2.0", "repository": "https://charts.example.org"}
LOCKED = {**ONE, "version": "1.2.5"}
DIGEST = digest_of([ONE], [LOCKED])


def chart(*declared, any_lock=False):
    return SimpleNamespace(
        metadata={"dependencies": list(declared)},
        dependencies=tuple(SimpleNamespace(version=one.get("version", "")) for one in declared),
        any_lock=any_lock,
        lock_file="c/Chart.lock",
        path="c",
    )


def text(*entries, digest=""):
    lines = ["dependencies:"]
    for entry in entries:
        lines += [
            f"- name: {entry['name']}",
            *(f"  {key}: {value!r}" for key, value in entry.items() if key != "name"),
        ]
    return "\n".join([*lines, f"digest: {digest}" if digest else "", ""])


def versions(*declared, lock, **more):
    return locked_versions(chart(*declared, **more), lock)


def test_the_lock_file_names_the_versions():
    assert versions(ONE, lock=text(LOCKED, digest=DIGEST)) == ["1.2.5"]
    assert versions(ONE, lock=text(LOCKED)) == ["1.2.5"]
    assert versions(ONE, lock=None) == ["^1.2.0"]
    assert versions(ONE, lock=text({"name": "cache"})) == ["^1.2.0"]


@pytest.mark.parametrize(
    ("declared", "lock"),
    [
        # other charts, another order, another number of them
        ((ONE,), text({**LOCKED, "name": "other"})),
        ((ONE, {**ONE, "name": "b"}), text({**LOCKED, "name": "b"}, LOCKED)),
        ((ONE, {**ONE, "name": "b"}), text(LOCKED)),
        # a digest of another Chart.yaml
        (({**ONE, "version": "^1.3.0"},), text(LOCKED, digest=DIGEST)),
        (({**ONE, "alias": "a"},), text(LOCKED, digest=DIGEST)),
        ((ONE,), text(LOCKED, digest="sha256:0")),
        # no list of charts at all
        ((ONE,), "dependencies: 5\n"),
    ],
)
def test_a_lock_file_of_other_dependencies_is_refused(declared, lock):
    with pytest.raises(DependencyError) as caught:
        versions(*declared, lock=lock)

    assert caught.value.message == (
        "Chart.lock was made for other dependencies than Chart.yaml names, and Helm refuses it"
    )
    assert (caught.value.where, caught.value.help) == (
        "c/Chart.lock",
        "bring them together: helm dependency update c",
    )


@pytest.mark.parametrize(
    ("version", "fine"),
    [("^1.2.0", True), ("~1.2.1", True), ("^1.3.0", False), ("1.2.5", True), ("1.2.6", False)],
)
def test_flux_takes_versions_that_fit_whatever_the_digest_says(version, fine):
    declared, lock = {**ONE, "version": version}, text(LOCKED, digest="sha256:0")

    if fine:
        assert versions(declared, lock=lock, any_lock=True) == ["1.2.5"]
    else:
        with pytest.raises(DependencyError):
            versions(declared, lock=lock, any_lock=True)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (ONE, {**ONE, "more": 1}, True),
        (ONE, {**ONE, "condition": ""}, True),
        (ONE, {**ONE, "tags": []}, True),
        (ONE, {**ONE, "condition": "x.enabled"}, False),
        (ONE, {**ONE, "tags": ["a"]}, False),
        (ONE, {**ONE, "alias": "x"}, False),
        ({"name": "a"}, {"name": "a", "repository": ""}, True),
        ({"name": "a", "repository": ""}, {"name": "a", "repository": "x"}, False),
        (
            {**ONE, "import-values": [{"child": "a", "parent": "b"}]},
            {**ONE, "import-values": [{"parent": "b", "child": "a"}]},
            True,
        ),
        ({**ONE, "import-values": ["a"]}, {**ONE, "import-values": ["b"]}, False),
        ({**ONE, "version": "<2"}, {**ONE, "version": "\\u003c2"}, False),
    ],
)
def test_what_counts_for_the_digest(one, other, same):
    assert (digest_of([one], [one]) == digest_of([other], [one])) is same
    assert (digest_of([one], [one]) == digest_of([one], [other])) is same


def test_the_digest_is_that_of_helm():
    """The sha256 of both lists as JSON, with the fields in the order of Helm's own record, and signs as Go writes them."""
    import hashlib

    record = '{"name":"cache","version":"\\u003e1 \\u0026 \\u003c2","repository":"","condition":"a.b"}'
    entry = {"condition": "a.b", "version": ">1 & <2", "name": "cache"}

    expected = hashlib.sha256(f"[[{record}],[{record}]]".encode()).hexdigest()
    assert digest_of([entry], [entry]) == f"sha256:{expected}"
