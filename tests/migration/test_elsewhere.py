"""What stays behind when an image moves: containers beside it, and files that name it."""

import json
from types import SimpleNamespace

import pytest

from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.migration.elsewhere import of_what_stays
from migrate_dhi.oci.reference import Reference
from tests.texts import Texts

JOB = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: dump}\nspec:\n  template:\n    spec:\n      containers:\n"


def findings(workshop, path, code, *flags):
    plan = json.loads(workshop.run(path, "--plan", "--format", "json", *flags).out)
    return [one for one in plan["findings"] if one["code"] == code]


def write(workshop, path, text):
    file = workshop.root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    workshop.commit("more")


def test_a_file_that_names_the_image(workshop):
    line = 'image: "valkey/valkey"  # the client'
    workshop.add("values-comments", "apps/cache")
    write(workshop, "jobs/dump.yaml", f"{JOB}        - name: cli\n          {line}\n")

    [one] = findings(workshop, "apps/cache", "image-elsewhere")

    assert (one["file"], one["line"], one["severity"]) == ("jobs/dump.yaml", 9, "info")


def test_an_image_that_stays_is_no_matter(workshop):
    workshop.add("values-comments", "apps/cache")
    write(workshop, "jobs/dump.yaml", f"{JOB}        - image: valkey/valkey:8\n")

    assert findings(workshop, "apps/cache", "image-elsewhere", "--keep", "valkey") == []


# containers beside it


POD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: shop}}
spec:
  template:
    spec:
      initContainers: [{init}]
      containers: [{main}]
"""
MOVES, STAYS = "{{name: {0}, image: valkey{1}}}", "{{name: {0}, image: acme{1}}}"
LASTS, MOUNTS = ", restartPolicy: Always", ", volumeMounts: [{name: data, mountPath: /data}]"


def beside(init, *main):
    """Container and message of each that stays; those called ``valkey`` move."""
    text = POD.format(init=", ".join(init), main=", ".join(main))
    manifests = Manifests({"c/templates/a.yaml": text})
    image = SimpleNamespace(before=Reference.parse("valkey"))

    def image_of(container):
        return image if container.image == "valkey" else None

    context = SimpleNamespace(moving=[image], hardened_pods=manifests.pods, image_of=image_of)
    found = of_what_stays(SimpleNamespace(files=None), context)
    return [(one.container, one.message) for one in found]


@pytest.mark.parametrize(
    ("init", "main", "told"),
    [
        ([], [MOVES.format("a", ""), STAYS.format("b", "")], [("b", "keeps acme beside the hardened a")]),
        ([], [MOVES.format("a", ""), MOVES.format("b", "")], []),
        ([], [MOVES.format("a", "")], []),
        # What is over before the others begin is beside none of them.
        ([STAYS.format("b", "")], [MOVES.format("a", "")], []),
        ([MOVES.format("b", "")], [STAYS.format("a", "")], []),
        # Of what restarts always that cannot be said: it is a sidecar.
        ([STAYS.format("b", LASTS)], [MOVES.format("a", "")], [("b", "keeps acme beside the hardened a")]),
        ([MOVES.format("b", LASTS)], [STAYS.format("a", "")], [("a", "keeps acme beside the hardened b")]),
        # Files stay: their owner is another user by then.
        (
            [MOVES.format("b", MOUNTS)],
            [STAYS.format("a", MOUNTS)],
            [("a", "keeps acme beside the hardened b, and shares data with it")],
        ),
        ([STAYS.format("b", MOUNTS)], [MOVES.format("a", MOUNTS)], []),
        (
            [],
            [MOVES.format("a", MOUNTS), STAYS.format("b", MOUNTS)],
            [("b", "keeps acme beside the hardened a, and shares data with it")],
        ),
        ([], [MOVES.format("a", MOUNTS), STAYS.format("b", MOUNTS.replace("data", "other"))],
         [("b", "keeps acme beside the hardened a")]),
        # One that lasts is named before one that does not.
        ([MOVES.format("c", "")], [MOVES.format("a", ""), STAYS.format("b", "")],
         [("b", "keeps acme beside the hardened a")]),
    ],
)  # fmt: skip
def test_a_container_that_stays_beside_a_hardened_one(init, main, told):
    assert beside(init, *main) == told


def test_the_same_in_a_plan(workshop):
    workshop.add("extra-containers-list", "apps/shop")

    found = findings(workshop, "apps/shop", "sidecar-stays")

    assert [one["container"] for one in found] == ["shop"]
    assert "keeps docker.io/acme/shop:4.2.0 beside the hardened" in found[0]["message"]


# files that name it, read from the texts alone


def findings_of(
    line, *, file="jobs/a.yaml", moves=("valkey/valkey:8",), mine=(), chart="apps/web", editable=True
):
    files = Texts({file: f"a: 1\n{line}\n", "jobs/b.yaml": "x: 1\n"})
    source = SimpleNamespace(files=files, chart=SimpleNamespace(path=chart, editable=editable), folders=())
    context = SimpleNamespace(
        moving=[SimpleNamespace(before=Reference.parse(one)) for one in moves],
        hardened_pods=(),
        target=SimpleNamespace(files=mine),
        texts={},
    )
    return of_what_stays(source, context)


def named(line, **more):
    return [(one.file, one.line, one.message.partition(" is ")[0]) for one in findings_of(line, **more)]


FOUND = [("jobs/a.yaml", 2, "docker.io/valkey/valkey")]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("image: valkey/valkey:8", FOUND),
        ("  - image: valkey/valkey:8.1@sha256:0 # why", FOUND),
        ('repository: "docker.io/valkey/valkey"', FOUND),
        ("image: 'valkey/valkey'", FOUND),
        ("# image: valkey/valkey:8", []),
        ("image: valkey/valkey-bundle:8", []),
        ("image: ghcr.io/valkey/valkey:8", []),
        ("image: {{ valkey/valkey }}", []),
        ("theimage: valkey/valkey:8", []),
        ("image: valkey/valkey:8 and more", []),
        ("image:", []),
    ],
)
def test_which_lines_name_an_image(line, found):
    assert named(line) == found


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({"file": "jobs/a.yml"}, True),
        ({"file": "README.md"}, False),
        ({"moves": ()}, False),
        ({"moves": ("redis:7",)}, False),
        # What is planned is not elsewhere.
        ({"mine": ("jobs/a.yaml",)}, False),
        ({"file": "apps/web/ci/a.yaml"}, False),
        ({"file": "apps/website/a.yaml"}, True),
        ({"file": "apps/web/ci/a.yaml", "editable": False}, True),
    ],
)
def test_where_it_is_looked_for(more, found):
    assert bool(named("image: valkey/valkey:8", **more)) is found


def test_more_places_are_counted():
    (one,) = named("image: valkey/valkey:8\nimage: valkey/valkey:7\nimage: redis:7")

    assert one == FOUND[0]


@pytest.mark.parametrize(
    ("lines", "told"), [(1, "jobs/a.yaml:2 too"), (2, "2 and 1 more line too"), (4, "2 and 3 more lines too")]
)
def test_how_many_places_are_told(lines, told):
    (one,) = findings_of("\n".join(["image: valkey/valkey:8"] * lines))

    assert told in one.message
