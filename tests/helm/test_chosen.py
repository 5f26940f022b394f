"""Which version is meant among those that a source lists, and what a chart demands: without a source or a render."""

from types import SimpleNamespace

import pytest

from migrate_dhi.errors import DependencyError, RenderError
from migrate_dhi.helm import ocicharts, sources
from migrate_dhi.helm.chart import Dependency
from migrate_dhi.helm.demanded import demanded
from migrate_dhi.helm.index import Listed


def wanted(version, name="node", repository="oci://r.example/charts"):
    return Dependency(name, "", version, repository)


def index(*versions):
    """An index with these versions, newest first as it tells them."""
    found = tuple(Listed(one, "", "", (f"{one}.tgz",)) for one in versions)
    return SimpleNamespace(versions=lambda name: found if name == "node" else ())


VERSIONS = ("2.1.0-rc.1", "2.0.0", "v1.3.0", "1.2.1+build.7", "1.2.0", "1.0.0")


@pytest.mark.parametrize(
    ("asked", "chosen"),
    [
        ("1.2.0", "1.2.0"),
        ("v1.2.0", "1.2.0"),
        ("1.3.0", "v1.3.0"),
        ("1.2.1+build.7", "1.2.1+build.7"),
        ("1.2", "1.2.1+build.7"),
        ("^1.0.0", "v1.3.0"),
        ("", "2.0.0"),
        (">=2.0.0-0", "2.1.0-rc.1"),
        ("2.1.0-rc.1", "2.1.0-rc.1"),
        ("3.x", None),
        ("nonsense", None),
    ],
)
def test_the_very_version_else_the_newest_that_fits(asked, chosen):
    found = sources._chosen(index(*VERSIONS), wanted(asked))

    assert (found.version if found else None) == chosen


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("node", "the repository lists no version 9.9.9; the newest are 2.1.0-rc.1, 2.0.0, v1.3.0"),
        ("other", "the repository lists no chart other"),
    ],
)
def test_what_is_not_listed_is_told_with_what_is(name, message):
    assert sources._unlisted(wanted("9.9.9", name), index(*VERSIONS)).message == message


@pytest.mark.parametrize("repository", ["", "charts", "ftp://x.example", "file://../x"])
def test_an_address_that_no_chart_can_be_had_from_is_refused(tmp_path, repository):
    from migrate_dhi.helm.store import Store

    with pytest.raises(DependencyError, match="is no source of charts"):
        sources.bring(wanted("1.0.0", repository=repository), Store(tmp_path))


# --- registries


@pytest.mark.parametrize(
    ("tags", "asked", "tag"),
    [
        (("1.0.0", "1.10.0", "1.9.0"), "1.x", "1.10.0"),
        # A plus is an underscore in a tag.
        (("1.2.0", "1.2.1_build.7"), "^1.0.0", "1.2.1_build.7"),
        (("1.0.0", "2.0.0-rc.1"), "", "1.0.0"),
        (("v1.0.0", "latest", "sha256-ab.sig", "1"), "^1.0.0", "v1.0.0"),
    ],
)
def test_the_newest_tag_in_a_range(tags, asked, tag):
    assert ocicharts._newest(tags, wanted(asked)) == tag


@pytest.mark.parametrize(
    ("tags", "asked", "message"),
    [
        (
            ("1.0.0", "1.1.0", "1.2.0", "1.3.0"),
            "2.x",
            "the registry has no version 2.x; the newest are 1.3.0, 1.2.0, 1.1.0",
        ),
        (("1.0.0-rc.1",), "", "the registry has no version that is a release; the newest are 1.0.0-rc.1"),
        (("latest", "main"), "1.x", "the registry has no version 1.x"),
        ((), "1.x", "the registry has no version 1.x"),
    ],
)
def test_a_range_that_no_tag_is_in(tags, asked, message):
    with pytest.raises(DependencyError) as caught:
        ocicharts._newest(tags, wanted(asked))

    assert (caught.value.message, caught.value.help) == (message, "correct the version")


@pytest.mark.parametrize(
    ("repository", "place"),
    [
        ("oci://r.example/charts", "r.example/charts/node"),
        ("oci://r.example/charts/", "r.example/charts/node"),
        ("oci://r.example:5000", "r.example:5000/node"),
    ],
)
def test_the_place_of_a_chart_in_a_registry(repository, place):
    assert str(ocicharts._place(wanted("1", repository=repository), repository)) == place


@pytest.mark.parametrize("repository", ["oci://", "oci://R E/x", "oci://r.example/UP"])
def test_what_is_no_place_in_a_registry(repository):
    with pytest.raises(DependencyError, match="is no place in a registry"):
        ocicharts._place(wanted("1", repository=repository), repository)


# --- what a chart demands of the cluster

API = "monitoring.acme.example/v1"
HAS = f'.Capabilities.APIVersions.Has "{API}"'
KIND = f'.Capabilities.APIVersions.Has "{API}/Monitor"'


def asked(text, *, where="c/templates/t.yaml:3", message="", whole=""):
    nodes = [SimpleNamespace(templates=(("c/templates/t.yaml", text), ("c/templates/u.yaml", "x: 1\n")))]
    return demanded(RenderError(message, where=where, text=whole), nodes)


REFUSES = f'{{{{ if not ({HAS}) }}}}\n# it is not there\n{{{{ fail "install it" }}}}\n{{{{ end }}}}\n'


@pytest.mark.parametrize(
    ("text", "facts", "found"),
    [
        # The refusing line stands below the condition.
        (REFUSES, {}, (API,)),
        (REFUSES.replace('"', "'"), {}, (API,)),
        (REFUSES, {"where": "c/templates/t.yaml:2"}, ()),
        (REFUSES, {"where": "c/templates/u.yaml:1"}, ()),
        (REFUSES, {"where": ""}, ()),
        (REFUSES, {"where": "c/templates/t.yaml:99"}, ()),
        (REFUSES, {"where": "c/templates/t.yaml:0"}, ()),
        # So far above it no more.
        (REFUSES.replace("# it", "\n\n\n\n# it"), {"where": "c/templates/t.yaml:7"}, ()),
        # It must not be there, or is asked for elsewhere.
        (REFUSES.replace("not (", "and (true) ("), {}, ()),
        (f'{{{{ $x := {HAS} }}}}\n\n{{{{ fail "x" }}}}\n', {}, ()),
        # The message names it, and a template asks for it.
        (f"{{{{ $x := {HAS} }}}}\n", {"message": f"deploy {API} first"}, (API,)),
        (f"{{{{ $x := {HAS} }}}}\n", {"whole": f"deploy {API} first"}, (API,)),
        (f"{{{{ $x := {KIND} }}}}\n", {"message": f"deploy {API} first"}, (f"{API}/Monitor",)),
        ("x: 1\n", {"message": f"deploy {API} first"}, ()),
        (f"{{{{ $x := {HAS} }}}}\n", {"message": "deploy monitoring.acme.example/v1beta1 first"}, ()),
        (f"{{{{ $x := {HAS} }}}}{{{{ $y := {HAS} }}}}\n", {"message": API}, (API,)),
    ],
)
def test_the_api_versions_for_want_of_which_a_chart_refuses(text, facts, found):
    assert asked(text, **facts) == found
