"""The ground of the audit: what hides its chart is looked at by the values that its object holds."""

from types import SimpleNamespace

import pytest

from migrate_dhi.migration.ground import _known, _unresolved
from migrate_dhi.release.layer import Layer
from migrate_dhi.release.release import Unresolved

ONE = Unresolved("application", "web", "apps/web.yaml", 3, "a placeholder hides the chart")


def found(whole, *, file="apps/web.yaml", line=3, namespace="argocd"):
    resource = SimpleNamespace(file=file, line=line, whole=whole)
    return _unresolved(ONE, SimpleNamespace(placed=[SimpleNamespace(resource=resource, namespace=namespace)]))


VALUES = {"redis": {"host": "cache.data"}}
TEXT = "redis: {host: cache.data}\n"


@pytest.mark.parametrize(
    ("spec", "values"),
    [
        ({"values": VALUES}, VALUES),
        ({"source": {"helm": {"valuesObject": VALUES}}}, VALUES),
        ({"source": {"helm": {"values": TEXT}}}, VALUES),
        # Beside an object Argo CD reads no text.
        ({"source": {"helm": {"valuesObject": VALUES, "values": "a: 1\n"}}}, VALUES),
        ({"sources": [{"ref": "x"}, {"helm": {"valuesObject": VALUES}}]}, VALUES),
        ({"sources": [{"helm": {"valuesObject": {"a": 1}}}, {"helm": {"values": TEXT}}]}, {"a": 1, **VALUES}),
        ({"template": {"spec": {"source": {"helm": {"valuesObject": VALUES}}}}}, VALUES),
        ({"source": {"helm": {"values": "a: [\n"}}}, {}),
        ({"source": {"helm": {"values": "{{ .values }}"}}}, {}),
        ({"source": {"chart": "x"}}, {}),
        ({}, {}),
    ],
)
def test_the_values_of_its_object_are_those_of_what_hides_its_chart(spec, values):
    assert found({"spec": spec}).values == values


@pytest.mark.parametrize(
    ("spec", "namespace"),
    [
        ({"targetNamespace": "data", "destination": {"namespace": "x"}}, "data"),
        ({"destination": {"namespace": "data"}}, "data"),
        ({"template": {"spec": {"destination": {"namespace": "data"}}}}, "data"),
        ({}, "argocd"),
    ],
)
def test_its_namespace_is_where_it_is_deployed(spec, namespace):
    assert found({"spec": spec}).namespace == namespace
    assert found({"spec": {}}, namespace="").namespace == "default"


@pytest.mark.parametrize("place", [{"file": "other.yaml"}, {"line": 9}])
def test_what_stands_nowhere_has_no_values(place):
    one = found({"spec": {"values": VALUES}}, **place)

    assert (one.id, one.values, one.namespace) == ("web", {}, "default")
    assert (one.file, one.line, one.reason, one.files) == (ONE.file, ONE.line, ONE.reason, (ONE.file,))


@pytest.mark.parametrize(("text", "values"), [("a: 1\n", {"a": 1}), ("a: [\n", {}), (None, {})])
def test_the_values_of_a_release_that_does_not_render_are_those_that_git_has(text, values):
    release = SimpleNamespace(layers=(Layer("file", "v.yaml"),))
    contents = SimpleNamespace(text=lambda _: text)
    if text is None:
        release.layers = (Layer("unread", "v.yaml"),)

    assert _known(release, SimpleNamespace(contents=contents)) == values
