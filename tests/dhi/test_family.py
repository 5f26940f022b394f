"""Images of one product move to one version."""

import pytest

from migrate_dhi.dhi.playbook import load_playbooks
from migrate_dhi.dhi.rule import Bounds
from migrate_dhi.dhi.target import Wishes, decide
from migrate_dhi.findings import Finding
from migrate_dhi.oci.reference import Reference
from tests.dhi.apps import catalog_of, definition, image

ONE = "github.com/acme/app"
SOURCES = {"acme-server": [ONE], "acme-worker": [ONE], "acme-cli": [ONE]}


def past(*versions):
    return {f"{version}-debian13": ["2026-01-01", "2026-03-01"] for version in versions}


def catalog(*, worker=(), server=(), sources=None, server_now="2.1.0", worker_now="2.1.0"):
    return catalog_of(
        image("acme-server", definition("2", f"{server_now}-debian13"), past=past(*server)),
        image("acme-worker", definition("2", f"{worker_now}-debian13"), past=past(*worker)),
        sources=SOURCES if sources is None else sources,
    )


SERVER, WORKER = "quay.io/acme/acme-server:v2.0.1", "quay.io/acme/acme-worker:v2.0.1"


def tags(catalog, *images, linked=(), **wishes):
    references = [Reference.parse(image) for image in images]
    groups = [[Reference.parse(image) for image in group] for group in linked]
    decisions = decide(references, Wishes(**wishes), catalog, load_playbooks(), linked=groups)
    return [decisions[reference] for reference in references]


def after(decisions):
    return [decision.after.tag if decision.after else decision.status for decision in decisions]


def test_the_past_version_that_all_have_is_taken():
    known = catalog(server=("2.0.1", "2.0.4"), worker=("2.0.4",))

    decisions = tags(known, SERVER, WORKER)

    assert after(decisions) == ["2.0.4-debian13", "2.0.4-debian13"]
    assert "the version that acme-worker has too" in decisions[0].reason


def test_the_next_rule_that_serves_all_is_taken():
    known = catalog(server=("2.0.1",), worker=())

    assert after(tags(known, SERVER, WORKER)) == ["2.1.0-debian13", "2.1.0-debian13"]


def test_where_none_serves_all_those_that_have_the_very_version_go_there():
    known = catalog(server=("2.0.1",), server_now="3.1.0", worker_now="3.0.0")

    server, worker = tags(known, SERVER, WORKER)

    assert (after([server]), server.rule) == (["2.0.1-debian13"], "tag-past")
    assert worker.status == "undecided"


def test_each_has_the_same_version_already():
    known = catalog(server=("2.0.1",), worker=("2.0.1",))

    decisions = tags(known, SERVER, WORKER)

    assert after(decisions) == ["2.0.1-debian13", "2.0.1-debian13"]
    assert not any("too" in decision.reason for decision in decisions)


def test_a_family_without_a_version_in_common_is_a_question():
    known = catalog(worker_now="2.2.0")

    decisions = tags(known, SERVER, WORKER)

    assert after(decisions) == ["undecided", "undecided"]
    assert "for acme-server and for acme-worker alike" in decisions[0].reason


def test_neighbours_of_one_namespace_alone_go_their_own_way():
    known = catalog(worker_now="2.2.0", sources={})

    decisions = tags(known, SERVER, WORKER)

    assert after(decisions) == ["2.1.0-debian13", "2.2.0-debian13"]
    assert [note.code for note in decisions[0].notes] == ["line-newer", "family-split"]


def test_other_sources_make_no_family_of_one_namespace():
    known = catalog(
        worker_now="2.2.0", sources={"acme-server": [ONE], "acme-worker": ["github.com/acme/other"]}
    )

    decisions = tags(known, SERVER, WORKER)

    assert [note.code for note in decisions[0].notes] == ["line-newer"]


def test_images_of_one_value_are_a_family():
    known = catalog(server=("2.0.1",), sources={})
    images = ("quay.io/acme/acme-server:2.0.1", "ghcr.io/acme/acme-worker:2.0.1")

    assert after(tags(known, *images)) == ["2.0.1-debian13", "2.1.0-debian13"]
    assert after(tags(known, *images, linked=[images])) == ["2.1.0-debian13", "2.1.0-debian13"]


def test_other_versions_are_no_family():
    known = catalog(server=("2.0.1",))

    assert after(tags(known, SERVER, "quay.io/acme/acme-worker:v2.0.0")) == [
        "2.0.1-debian13",
        "2.1.0-debian13",
    ]


def test_the_version_that_the_user_names_for_one_counts_for_all():
    known = catalog(server=("2.0.1", "2.0.4"), worker=("2.0.1", "2.0.4"))

    decisions = tags(known, SERVER, WORKER, to=("acme-server=dhi.io/acme-server:2.0.4-debian13",))

    assert after(decisions) == ["2.0.4-debian13", "2.0.4-debian13"]


def test_the_rest_follows_what_is_hardened_already():
    known = catalog(server=("2.1.0",), worker=("2.1.0",), server_now="2.1.3", worker_now="2.1.3")

    hardened, worker = tags(known, "dhi.io/acme-server:2.1.0-debian13", "quay.io/acme/acme-worker:v2.1.0")

    assert hardened.status == "already-dhi"
    assert str(worker.after) == "dhi.io/acme-worker:2.1.0-debian13"


@pytest.mark.parametrize("keep", [("acme-worker",), ()])
def test_a_member_that_stays_behind_is_said(keep):
    alone = catalog_of(image("acme-server", definition("2", "2.2.0-debian13")), sources=SOURCES)

    server, _ = tags(catalog(server_now="2.2.0") if keep else alone, SERVER, WORKER, keep=keep)

    assert [note.code for note in server.notes] == ["line-newer", "family-split"]


PROXY = "quay.io/acme/acme-proxy:v2.0.1"


# The proxy counts from 1, and its source says nothing of whose it is.
WITH_PROXY = (
    image("acme-server", definition("2", "2.0.4-debian13")),
    image("acme-worker", definition("2", "2.0.4-debian13")),
    image("acme-proxy", definition("1", "1.31.4-debian13")),
)


def test_another_program_with_the_version_of_the_product_keeps_no_one_back():
    server, worker, proxy = tags(catalog_of(*WITH_PROXY, sources=SOURCES), SERVER, WORKER, PROXY)

    assert after([server, worker, proxy]) == ["2.0.4-debian13", "2.0.4-debian13", "no-counterpart"]
    assert (*server.notes, *worker.notes) == ()
    [note] = proxy.notes
    assert (note.code, "v2.0.1 is the version of acme-server" in note.message) == ("version-foreign", True)
    assert "--to quay.io/acme/acme-proxy=dhi.io/acme-proxy:TAG" in note.help


def test_a_version_that_is_named_for_another_program_is_no_downgrade_and_no_version_of_the_family():
    known = catalog_of(*WITH_PROXY, sources=SOURCES)

    decisions = tags(known, SERVER, WORKER, PROXY, to=("acme-proxy=dhi.io/acme-proxy:1.31.4-debian13",))

    assert after(decisions) == ["2.0.4-debian13", "2.0.4-debian13", "1.31.4-debian13"]
    assert [note.code for one in decisions for note in one.notes] == []


def test_a_lower_version_that_is_named_for_one_of_the_product_stays_a_downgrade():
    known = catalog(server=("2.0.0",), worker=("2.0.0",))

    server, _ = tags(known, SERVER, WORKER, to=("acme-server=dhi.io/acme-server:2.0.0-debian13",))

    assert "downgrade" in [note.code for note in server.notes]


def test_what_runs_alone_and_is_ahead_of_the_catalog_is_not_called_foreign():
    [proxy] = tags(catalog_of(image("acme-proxy", definition("1", "1.31.4-debian13"))), PROXY)

    assert [note.code for note in proxy.notes] == ["catalog-behind"]


@pytest.mark.parametrize(
    ("server_now", "tag", "codes"),
    [
        ("2.0.4", "2.0.4-debian13", ["family-split"]),
        # Another line than that of what stays is asked about.
        ("2.1.0", "undecided", []),
    ],
)
def test_a_member_that_the_catalog_lists_older_versions_of_alone_holds_the_others_in_its_line(
    server_now, tag, codes
):
    known = catalog(server_now=server_now, worker_now="2.0.0")

    server, worker = tags(known, SERVER, WORKER)

    assert after([server, worker]) == [tag, "no-counterpart"]
    assert [note.code for note in server.notes] == codes
    assert [note.code for note in worker.notes] == ["catalog-behind"]


def test_floating_tags_of_one_source_move_together():
    known = catalog(server_now="2.2.0", worker_now="2.1.0", server=("2.1.0",))
    images = ("quay.io/acme/acme-server:latest", "quay.io/acme/acme-worker:latest")

    # What is listed now differs, and a tag without a version has no past: nothing holds them together.
    assert after(tags(known, *images)) == ["2.2.0-debian13", "2.1.0-debian13"]
    assert after(tags(known, *images, bounds=Bounds("patch"))) == ["2.2.0-debian13", "2.1.0-debian13"]


# --keep blocked: an error in one


STOPPED = Finding("shell-missing", "error", "it runs sh", "Deployment/x", "main", help="choose another")


def stopped(known, *images, linked=()):
    return tags(known, *images, linked=linked, stopped=((Reference.parse(images[0]), STOPPED),))


def test_beside_one_that_stays_another_of_its_version_moves_to_that_very_version():
    known = catalog(server=("2.0.1",), worker=("2.0.1",))

    server, worker = stopped(known, SERVER, WORKER)

    assert (server.status, server.after) == ("kept", None)
    assert server.reason == "kept as it is, as its move ends in the error shell-missing (--keep blocked)"
    assert after([worker]) == ["2.0.1-debian13"]
    assert [note.code for note in worker.notes] == ["tag-past"]


def test_beside_one_that_stays_another_that_would_leave_its_version_stays_too_and_says_why():
    server, worker = stopped(catalog(), SERVER, WORKER)

    assert [server.status, worker.status] == ["kept", "kept"]
    (note,) = worker.notes
    assert (note.code, note.severity, note.object) == ("image-blocked", "warning", "Deployment/x")
    assert f"{WORKER} stays as it is (--keep blocked): that of acme-server," in note.message
    assert note.help == "choose another"


def test_strangers_and_those_that_only_a_namespace_joins_move_all_the_same():
    known = catalog(sources={})

    _, worker = stopped(known, SERVER, WORKER)

    assert after([worker]) == ["2.1.0-debian13"]


def test_one_that_a_value_ties_to_one_that_stays_stays_too():
    known = catalog(sources={})

    _, worker = stopped(known, SERVER, WORKER, linked=[(SERVER, WORKER)])

    assert worker.status == "kept"
