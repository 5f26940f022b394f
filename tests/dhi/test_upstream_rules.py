"""What speaks for a counterpart, piece by piece, on catalogs of our own: sources, owners, names, mirrors, repackagers."""

import pytest

from migrate_dhi.dhi.playbook import Playbooks
from migrate_dhi.dhi.upstream import (
    _agree,
    _mirrored_paths,
    _name_fit,
    _official_name,
    halfway,
    match,
    repackaged,
    sources_of,
)
from migrate_dhi.oci.reference import Reference
from tests.dhi.apps import catalog_of, definition, image

NONE = Playbooks(())


def listed(**sources):
    """A catalog of images with the repositories that they are built from."""
    named = {name.replace("_", "-"): list(found) for name, found in sources.items()}
    return catalog_of(*(image(name, definition("1", "1.0.0-debian13")) for name in named), sources=named)


def found(text, catalog):
    return [(one.target, one.confidence) for one in match(Reference.parse(text), catalog, NONE)]


ACME = listed(acme_server=["github.com/acme/server"], acme_agent=["github.com/acme/agent"], tool=[])


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        # The people who publish the image own the source that the hardened one is built from.
        ("quay.io/acme/acme-server:1", [("acme-server", "certain")]),
        ("docker.io/acme/server:1", [("acme-server", "certain")]),
        ("ghcr.io/acme/acme_server:1", [("acme-server", "certain")]),
        # Elsewhere than where projects publish it may be anybody's copy.
        ("harbor.example/acme/acme-server:1", [("acme-server", "likely")]),
        ("registry.acme.example/acme/acme-server:1", [("acme-server", "certain")]),
        # Other people's image of that name, and another name of the same people.
        ("quay.io/someone/acme-server:1", [("acme-server", "weak")]),
        ("quay.io/acme/worker:1", []),
        ("quay.io/someone/server:1", []),
        # A hardened image whose sources nobody tells has its name alone.
        ("quay.io/someone/tool:1", [("tool", "weak")]),
        # Who packages the software of others does so under its name.
        ("docker.io/bitnami/acme-server:1", [("acme-server", "likely")]),
        ("docker.io/bitnami/server:1", []),
    ],
)
def test_whose_image_it_is_and_what_it_is_called(text, candidates):
    assert found(text, ACME) == candidates


def test_an_image_that_its_owner_names_after_himself_is_likely_where_no_source_is_known():
    catalog = listed(zephyrus_cli=[], cli=[])

    assert found("ghcr.io/zephyrus/zephyrus-cli:1", catalog)[0] == ("zephyrus-cli", "likely")
    assert ("zephyrus-cli", "likely") in found("ghcr.io/zephyrus/cli:1", catalog)
    assert ("zephyrus-cli", "likely") not in found("ghcr.io/other/cli:1", catalog)


@pytest.mark.parametrize(
    ("owner", "org", "same"),
    [
        ("acme", "acme", True),
        ("prometheus", "prometheusoperator", True),
        ("prometheusoperator", "prometheus", True),
        # Short names begin many others.
        ("acme", "acmeinc", False),
        ("go", "google", False),
        ("grafana", "grafanalabs", True),
        ("grafana", "acme", False),
    ],
)
def test_owners_that_are_the_same_people(owner, org, same):
    assert _agree(owner, org) is same


@pytest.mark.parametrize(
    ("name", "owners", "target", "owned", "fit"),
    [
        ("server", {"acme"}, "server", ["github.com/acme/server"], "certain"),
        ("server", {"acme"}, "acme-server", ["github.com/acme/server"], "certain"),
        ("cli", {"acme"}, "thing-cli", ["github.com/acme/thing"], "certain"),
        # The same words in another order, or the project under the owner's name.
        ("server-acme", {"x"}, "acme-server", ["github.com/x/y"], "likely"),
        ("thing", {"acme"}, "acme", ["github.com/acme/thing"], "likely"),
        # The project's name left out in front; not behind.
        (
            "metrics-exporter",
            {"acme"},
            "thing-metrics-exporter",
            ["github.com/acme/thing-operator"],
            "likely",
        ),
        ("acme", {"acme"}, "acme-exporter", ["github.com/acme/exporters"], None),
        ("server", {"acme"}, "client", ["github.com/acme/server"], None),
    ],
)
def test_how_well_names_agree(name, owners, target, owned, fit):
    assert _name_fit(name, owners, target, owned) == fit


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        (
            "harbor.example/proxy/prometheus/node-exporter",
            ["proxy/prometheus/node-exporter", "prometheus/node-exporter"],
        ),
        ("acme/app", ["acme/app"]),
        ("app", []),
        (
            "rancher/mirrored-kiwigrid-k8s-sidecar",
            [
                "rancher/mirrored-kiwigrid-k8s-sidecar",
                "kiwigrid/k8s-sidecar",
                "kiwigrid-k8s/sidecar",
            ],
        ),
    ],
)
def test_the_paths_that_a_mirror_keeps(text, paths):
    assert _mirrored_paths(Reference.parse(text)) == paths


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("nginx", "nginx"),
        ("docker.io/library/nginx:1", "nginx"),
        ("public.ecr.aws/docker/library/nginx", "nginx"),
        ("harbor.example/hub/library/nginx", "nginx"),
        ("docker.io/acme/nginx", ""),
        ("quay.io/nginx", ""),
    ],
)
def test_the_name_of_an_official_image(text, name):
    assert _official_name(Reference.parse(text).canonical()) == name


@pytest.mark.parametrize(
    ("text", "is_it"),
    [
        ("docker.io/bitnami/redis", True),
        ("harbor.example/proxy/bitnami/redis", True),
        ("docker.io/bitnamilegacy/redis", True),
        ("docker.io/acme/redis", False),
        ("docker.io/acme/bitnami", False),
    ],
)
def test_who_packages_what_others_make(text, is_it):
    assert repackaged(Reference.parse(text)) is is_it


def test_an_official_image_of_the_same_name_is_sure_where_it_is_public():
    catalog = listed(own_thing=["github.com/own/thing"], nginx=["github.com/nginx/nginx"])

    assert found("nginx:1", catalog)[0] == ("nginx", "certain")
    assert found("public.ecr.aws/docker/library/nginx:1", catalog)[0] == ("nginx", "certain")
    assert found("harbor.example/hub/library/own-thing:1", catalog) == [("own-thing", "likely")]
    assert found("docker.io/library/none:1", catalog) == []


def test_where_only_the_registry_was_exchanged_the_upstream_image_is_looked_for():
    assert [one.target for one in halfway(Reference.parse("dhi.io/acme/server:1"), ACME, NONE)] == [
        "acme-server"
    ]
    assert halfway(Reference.parse("dhi.io/someone/tool:1"), ACME, NONE) == []
    assert halfway(Reference.parse("dhi.io/none/such:1"), ACME, NONE) == []


def test_the_sources_of_a_hardened_image():
    assert sources_of(ACME, "acme-server") == {"github.com/acme/server"}
    assert sources_of(ACME, "tool") == frozenset()
    assert sources_of(ACME, "none") == frozenset()
