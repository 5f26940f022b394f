"""A database of its own for each component: by the one value that moves it, and nothing else with it."""

from types import SimpleNamespace

import pytest
import yaml

from migrate_dhi.audit.clients import Clients
from migrate_dhi.audit.databases import allotments
from migrate_dhi.audit.ground import Ground, Rendered, Unrendered, items_of
from migrate_dhi.audit.places import Finder
from migrate_dhi.audit.services import backends
from migrate_dhi.edit import Edit
from migrate_dhi.errors import RenderError
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.migration.database_edits import database_edits
from tests.audit.grounds import ROLES, SERVER, pod

FILE = "apps/v.yaml"


class Renderer:
    """Renders with a template that is a function of the values."""

    def __init__(self, template, refuse):
        self.template, self.refuse = template, refuse

    def render(self, texts):
        values = yaml.safe_load(texts[FILE])
        if self.refuse(values):
            raise RenderError("no such number\nat line 3")
        return Manifests({"app/templates/all.yaml": self.template(values)})


def rendered(text, template, *, refuse=lambda _: False, files=(FILE,), name="apps/shop"):
    """A release whose values are one file."""
    deployed = SimpleNamespace(
        chart=SimpleNamespace(texts={FILE: text}, values_file=FILE, editable=True),
        deployer="",
        own=None,
        user_values=lambda texts: yaml.safe_load(texts[FILE]),
        files=files,
        edits=lambda sets, *_: [Edit(FILE, wish.path, wish.value) for wish in sets],
    )
    renderer = Renderer(template, refuse)
    items = items_of(Manifests({"app/templates/all.yaml": template(yaml.safe_load(text))}), "apps", name)
    return Rendered(name, "apps", deployed, items, yaml.safe_load(text), renderer=renderer)


def edits_of(*releases, raw=(), unrendered=()):
    """The edits for the backend, with what is proposed for each."""
    alone = items_of(Manifests({f"{n}.yaml": text for n, text in enumerate((SERVER, *raw))}), "apps", "")
    ground = Ground(releases, alone, unrendered)
    (backend, *_) = backends(ground, ROLES)
    uses = Clients(ground, ROLES, [backend], Finder(ground, {})).uses
    audited = SimpleNamespace(backend=backend, allotments=allotments(backend, uses, None))
    return database_edits(ground, ROLES, audited)


def url(database, host="cache.data"):
    return f"redis://{host}:6379/{database}"


def env(name="web", **variables):
    listed = ", ".join(f"{{name: {key}, value: '{value}'}}" for key, value in variables.items())
    return pod(f"env: [{listed}]", name=name, namespace="apps")


OTHER = env("zoo", CACHE_URL=url(0))


def shop(values):
    """Two variables with a number of their own."""
    return env("shop", CACHE_URL=url(values["cache"]["db"]), QUEUE_URL=url(values["queue"]["db"]))


def given(found):
    return {one.allotment.use.who.rpartition(" ")[2]: one for one in found.given if one.allotment.use.release}


def test_each_component_gets_a_number_by_the_value_of_its_own():
    found = edits_of(rendered("cache: {db: 0} # first\nqueue: {db: 0}\n", shop), raw=[OTHER])

    assert {
        part: [(edit.path, edit.before, edit.after) for edit in one.edits]
        for part, one in given(found).items()
        if one.edits
    } == {"cache": [("cache.db", 0, 1)], "queue": [("queue.db", 0, 2)]}
    assert found.diff.splitlines() == [
        f"--- a/{FILE}",
        f"+++ b/{FILE}",
        "@@ -1,2 +1,2 @@",
        "-cache: {db: 0} # first",
        "-queue: {db: 0}",
        "+cache: {db: 1} # first",
        "+queue: {db: 2}",
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # A text stays one, and a number.
        ('cache: {db: "0"}\nqueue: {db: "0"}\n', 'cache: {db: "1"}\nqueue: {db: "2"}\n'),
        ("cache: {db: 0}\nqueue: {db: '0'}\n", "cache: {db: 1}\nqueue: {db: '2'}\n"),
        # What else holds the number stays what it is.
        (
            "port: 0\ncache: {db: 0, ttl: 0}\nqueue: {db: 0}\n",
            "port: 0\ncache: {db: 1, ttl: 0}\nqueue: {db: 2}\n",
        ),
        ("debug: false\ncache: {db: 0}\nqueue: {db: 0}\n", "debug: false\ncache: {db: 1}\nqueue: {db: 2}\n"),
    ],
)
def test_the_number_is_written_as_the_one_before_it(before, after):
    release = rendered(before, shop)
    found = edits_of(release, raw=[OTHER])

    lines = [line[1:] for line in found.diff.splitlines()[3:] if not line.startswith("-")]
    assert "\n".join(lines) + "\n" == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("redis://cache.data:6379/0", "redis://cache.data:6379/1"),
        ("redis://cache.data:6379/0?timeout=0", "redis://cache.data:6379/1?timeout=0"),
        ("redis://:p@cache.data:6379/0", "redis://(hidden)@cache.data:6379/1"),
    ],
)
def test_a_number_in_an_address_is_changed_there_alone(before, after):
    found = edits_of(
        rendered(f"url: {before}\n", lambda values: env("shop", CACHE_URL=values["url"])), raw=[OTHER]
    )

    (edit,) = given(found)["cache"].edits
    assert (edit.path, edit.after) == ("url", after)


def test_an_address_of_another_host_is_no_candidate():
    text = f"url: {url(0, 'elsewhere')}\nown: {url(0)}\n"

    def template(values):
        return env("shop", CACHE_URL=values["own"], NOTE=values["url"])

    assert [edit.path for edit in given(edits_of(rendered(text, template), raw=[OTHER]))["cache"].edits] == [
        "own"
    ]


WHY = "a value that holds the number changes something else, or not this client"


@pytest.mark.parametrize(
    ("text", "template", "reason"),
    [
        # One value for both components, and for a field that has to do with neither.
        ("cache: {db: 0}\n", lambda v: shop({**v, "queue": v["cache"]}), WHY),
        (
            "cache: {db: 0}\n",
            lambda v: env("shop", CACHE_URL=url(v["cache"]["db"]), LEVEL=v["cache"]["db"] + 10),
            WHY,
        ),
        (
            "cache: {db: 0}\n",
            lambda v: env("shop", CACHE_URL=url(v["cache"]["db"]), LEVEL="0!" if v["cache"]["db"] else "0"),
            WHY,
        ),
        # A thing more or less comes with it.
        (
            "cache: {db: 0}\n",
            lambda v: env("shop", CACHE_URL=url(v["cache"]["db"])) + (env("x") if v["cache"]["db"] else ""),
            WHY,
        ),
        # Nothing reads it.
        ("cache: {db: 0}\n", lambda _: env("shop", CACHE_URL=url(0)), WHY),
        ("other: 0\n", lambda _: env("shop", CACHE_URL=url(0)), "no value of the release holds the number"),
    ],
)
def test_what_moves_anything_else_is_not_taken(text, template, reason):
    found = edits_of(rendered(text, template), raw=[OTHER])

    assert (given(found)["cache"].edits, given(found)["cache"].reason) == ((), reason)
    assert found.diff == ""


def test_a_field_that_says_the_number_and_an_annotation_may_follow():
    def template(values):
        number = values["cache"]["db"]
        made = env("shop", CACHE_URL=url(number), INFO=f"database {number} of 10, level 0")
        return made.replace(
            "metadata: {name: shop,", f"metadata: {{annotations: {{sum: 'x{number * 77}'}}, name: shop,"
        )

    (edit,) = given(edits_of(rendered("cache: {db: 0}\n", template), raw=[OTHER]))["cache"].edits

    assert edit.path == "cache.db"


def test_a_value_that_holds_the_number_in_vain_does_not_keep_the_next_from_being_tried():
    text = "cacheDb: 0\nredis: {db: 0}\n"

    def template(values):
        return env("shop", CACHE_URL=url(values["redis"]["db"]))

    assert [edit.path for edit in given(edits_of(rendered(text, template), raw=[OTHER]))["cache"].edits] == [
        "redis.db"
    ]


def test_of_many_values_those_with_the_name_of_the_component_are_tried_first():
    text = "".join(f"part{n}: {{db: 0}}\n" for n in range(13)) + "cache: {db: 0}\n"
    found = edits_of(rendered(text, lambda v: env("shop", CACHE_URL=url(v["cache"]["db"]))), raw=[OTHER])

    assert [edit.path for edit in given(found)["cache"].edits] == ["cache.db"]


def test_a_chart_that_refuses_the_number_says_so_in_one_line():
    release = rendered(
        "cache: {db: 0}\n",
        lambda v: env("shop", CACHE_URL=url(v["cache"]["db"])),
        refuse=lambda values: values["cache"]["db"] > 0,
    )

    assert given(edits_of(release, raw=[OTHER]))["cache"].reason == "no such number"


@pytest.mark.parametrize("kind", ["rendered", "unrendered"])
@pytest.mark.parametrize(("file", "shared"), [(FILE, True), ("apps/w.yaml", False)])
def test_a_file_that_another_release_reads_is_left_alone_whether_that_renders_or_not(kind, file, shared):
    release = rendered("cache: {db: 0}\n", lambda v: env("shop", CACHE_URL=url(v["cache"]["db"])))
    if kind == "rendered":
        other = rendered("{}", lambda _: "", files=(file,), name="apps/second")
        found = edits_of(release, other, raw=[OTHER])
    else:
        missing = Unrendered("apps/second", "apps", "r.yaml", 1, "the chart cannot be fetched", files=(file,))
        found = edits_of(release, raw=[OTHER], unrendered=(missing,))

    assert given(found)["cache"].reason == ("apps/second reads that file too" if shared else "")
    assert bool(found.diff) is not shared


def test_what_no_chart_renders_is_edited_by_hand_and_what_could_not_be_rendered_says_why():
    found = edits_of(raw=[OTHER, env("third", CACHE_URL=url(0))])

    assert {one.reason for one in found.given} == {"no chart renders it: edit its manifest by hand"}
    assert found.diff == ""

    missing = Unrendered(
        "apps/gone", "apps", "r.yaml", 1, "the chart cannot be fetched", {"redis": {"url": url(0)}}
    )
    found = edits_of(raw=[OTHER], unrendered=(missing,))

    assert [one.reason for one in found.given if one.allotment.use.release] == [
        "its chart could not be rendered (the chart cannot be fetched)"
    ]


def test_no_number_left_and_the_number_that_it_has():
    full = env("other", CACHE_URL=url(15))
    release = rendered("db: 15\n", lambda v: env("shop", CACHE_URL=url(v["db"])))

    found = edits_of(release, raw=[full])

    assert {one.reason for one in found.given if one.allotment.use.release} == {"no number is left for it"}
    assert [(e["release"], e["proposed"], e["proven"], e["edits"]) for e in found.to_json()["given"]] == [
        (None, None, False, []),
        ("apps/shop", None, False, []),
    ]
