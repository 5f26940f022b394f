"""The overview as the body of an issue, and as a page: what people ticked stays, and nothing of a repository acts."""

import base64
import hashlib
import json
import re
from dataclasses import replace

import pytest

from migrate_dhi import redact
from migrate_dhi.findings import Finding
from migrate_dhi.migration.groups import Group
from migrate_dhi.migration.scan import Scan, ScanEntry, ScannedImage, planned_entries
from migrate_dhi.release.release import Origin, Release
from migrate_dhi.ui.lines import ASCII, Look, plain
from migrate_dhi.ui.root_text import row_of
from migrate_dhi.ui.scan_html import scan_html
from migrate_dhi.ui.scan_markdown import BEGIN, END, checked_boxes, renewed, scan_markdown
from migrate_dhi.ui.scan_text import scan_lines
from tests.ui import plans

MOVES = ScannedImage("docker.io/valkey/valkey:8.1.4", "dhi.io/valkey:8.1.9", "migrate", "newest-patch")
CHART = {
    "kind": "repository",
    "name": "cache",
    "version": "1.0.0",
    "path": None,
    "url": "https://charts.example",
}


def entry(name, status="ready", **more):
    return ScanEntry(
        "helmrelease", "data", name, f"apps/{name}.yaml", 3, status,
        **{"argument": f"data/{name}", "chart": CHART, "images": (MOVES,), "branch": f"dhi/data-{name}", **more},
    )  # fmt: skip


def scan(*entries, **more):
    return Scan("/repo/estate", "a" * 40, "bundled", "2026-08-22", entries, **more)


SOME = scan(
    entry("cache"), entry("queue", "blocked", blocks=("path-missing: /bin/x",)), entry("own", "nothing-to-do")
)


@pytest.mark.parametrize(
    ("more", "first"),
    [
        ({}, "Nothing here deploys a chart."),
        ({"left": 3}, "Nothing to show."),
        ({"hidden": {"--kind fleet": 2}}, "Nothing to show."),
    ],
)
def test_that_nothing_is_deployed_is_said_where_nothing_is_hidden_or_left(more, first):
    assert plain(scan_lines(Look(), scan(**more), ())[0]) == first


class TestIssue:
    def test_a_box_for_each_release_that_waits(self):
        text = scan_markdown(SOME)

        assert [line[:22] for line in text.splitlines() if line.startswith("- [")] == [
            "- [ ] `data/cache` (he", "- [ ] `data/queue` (he",
        ]  # fmt: skip
        assert "`docker.io/valkey/valkey:8.1.4` → `dhi.io/valkey:8.1.9`" in text

    def test_what_is_checked_stays_so_where_the_release_moves_to_another_group(self):
        first = scan_markdown(SOME).replace("- [ ] `data/queue`", "- [x] `data/queue`")

        second = renewed(first, scan(entry("cache"), entry("queue"), entry("new")))

        assert [line[:18] for line in second.splitlines() if line.startswith("- [")] == [
            "- [ ] `data/cache`", "- [x] `data/queue`", "- [ ] `data/new` (",
        ]  # fmt: skip

    def test_what_people_write_around_it_stays(self):
        text = f"# Ours\n\nread me\n\n{scan_markdown(SOME)}\nsigned: us\n"

        again = renewed(text, scan(entry("cache")))

        assert again.startswith("# Ours\n\nread me\n\n" + BEGIN)
        assert again.endswith(END + "\n\nsigned: us\n")
        assert renewed(again, scan(entry("cache"))) == again
        assert "queue" not in again

    def test_an_issue_without_it_gets_it_at_its_end(self):
        assert renewed("hello\n", SOME) == f"hello\n\n{scan_markdown(SOME)}"
        assert renewed("", SOME) == scan_markdown(SOME)

    def test_it_fits_an_issue_and_says_what_does_not(self):
        many = scan(*(entry(f"release-number-{at}") for at in range(1000)))

        text = scan_markdown(many)

        assert len(text) < 65_536
        assert re.search(r"… and \d+ more lines\.\n" + END, text)

    def test_a_name_cannot_close_the_comment_or_the_mark(self):
        odd = replace(entry("x"), file=f"a--> {END} b.yaml")

        text = scan_markdown(scan(odd)).replace("- [ ]", "- [x]")

        assert len(checked_boxes(text)) == 1
        assert "- [x]" in renewed(text, scan(odd))


def hidden_data(page):
    return json.loads(
        re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)[1]
    )


class TestPage:
    def test_it_holds_the_json_of_the_contract_and_more(self):
        data = hidden_data(scan_html(SOME))

        assert data["summary"] == SOME.summary
        assert [release["id"] for release in data["releases"]] == ["data/cache", "data/queue", "data/own"]

    def test_the_flags_are_there_for_its_commands(self):
        assert hidden_data(scan_html(SOME, ["--pull-secret", "x y"]))["flags"] == ["--pull-secret", "x y"]
        assert hidden_data(scan_html(SOME))["flags"] == []

    def test_only_its_own_script_may_run_and_it_loads_nothing(self):
        page = scan_html(SOME)
        scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()

        assert len(scripts) == 1
        assert f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'" in page
        assert not re.search(
            r"\b(?:src|href|action)=|url\(|@import|innerHTML|insertAdjacentHTML|\beval\b", page
        )

    @pytest.mark.parametrize(
        "evil", ["</script><script>alert(1)</script>", "<!--<script>", "<img src=x onerror=alert(1)>"]
    )
    def test_nothing_of_a_repository_is_markup(self, evil):
        page = scan_html(scan(entry("x", "error", blocks=(evil,), argument=evil)))

        assert evil not in page
        assert page.count("<script") == scan_html(SOME).count("<script")
        assert hidden_data(page)["releases"][0]["blocks"] == [evil]

    def test_secrets_are_hidden(self):
        redact.forget()
        redact.learn_value("hunter2-hunter2")
        try:
            page = scan_html(scan(entry("x", "error", blocks=("the value hunter2-hunter2 is wrong",))))
        finally:
            redact.forget()

        assert "hunter2" not in page
        assert "(hidden)" in page

    def test_releases_of_one_plan_share_its_detail(self):
        origin = Origin("directory", "web", path="apps/web")
        releases = tuple(
            Release("application", "web", name, "apps.yaml", 0, 1, origin) for name in ("a", "b")
        )
        group = Group("apps/web", releases, "apps/web")
        entries = planned_entries(group, plans.ready(), ("web/a", "web/b"), 0.5, detail=True)

        data = hidden_data(scan_html(scan(*entries)))

        assert [release["detail"] for release in data["releases"]] == [0, 0]
        assert len(data["details"]) == 1
        assert data["details"][0]["steps"]

    def test_it_is_plain_ascii_so_that_no_server_can_spoil_it(self):
        assert scan_html(scan(entry("zoë"))).isascii()


def test_of_one_plan_releases_with_nothing_to_move_are_not_stopped_by_what_another_asks():
    origin = Origin("directory", "web", path="apps/web")
    names = ("asks", "moves", "stays", "hardened")
    releases = tuple(Release("application", "web", name, "apps.yaml", 0, 1, origin) for name in names)
    statuses = ("undecided", "migrate", "no-counterpart", "already-dhi")
    images = tuple(
        replace(plans.image(), status=status, releases=(f"web/{name}",))
        for name, status in zip(names, statuses, strict=True)
    )
    plan = replace(plans.blocked(), images=images)

    found = planned_entries(
        Group("apps/web", releases, "apps/web"), plan, [f"web/{name}" for name in names], 0.5, detail=False
    )

    assert [(one.name, one.status, bool(one.blocks), one.exit_code, bool(one.branch)) for one in found] == [
        ("asks", "ask", True, 5, True),
        ("moves", "ask", True, 5, True),
        ("stays", "nothing-to-do", False, 0, False),
        ("hardened", "ask", True, 5, True),
    ]


def test_a_terminal_without_room_shows_every_release():
    lines = [plain(line) for line in scan_lines(Look(60, fit=True, glyphs=ASCII), SOME, ())]

    assert [line for line in lines if len(line) > 60] == []
    assert {"data/cache", "data/queue"} <= {line.split()[0] for line in lines if line.strip()}


def test_plans_that_took_long_are_named_with_their_renders():
    slow = [entry(f"slow-{at}", seconds=2.0 + at, renders=10 * at) for at in range(1, 6)]

    text = " ".join(
        plain(line).strip()
        for line in scan_lines(Look(), scan(entry("quick", seconds=0.2, renders=4), *slow), ())
    )

    assert (
        "took longest: data/slow-5 7.0 s in 50 renders, data/slow-4 6.0 s in 40 renders, data/slow-3" in text
    )
    assert "slow-2 4.0" not in text
    assert "took longest" not in "".join(plain(line) for line in scan_lines(Look(), SOME, ()))


def test_a_release_that_is_ready_with_warnings_says_so_wherever_it_is_listed():
    warned = scan(entry("cache", warnings=2), entry("queue", warnings=1), entry("quiet"))
    rows = [plain(line) for line in scan_lines(Look(200), warned, ())]

    assert [row.split("1 ready")[1].split("apps/")[0].strip() for row in rows if "1 ready" in row] == [
        "2 warnings", "1 warning", "",
    ]  # fmt: skip
    assert "findings" in rows[1]
    assert "· 2 warnings ·" in scan_markdown(warned)
    assert [one["warnings"] for one in warned.to_json()["releases"]] == [2, 1, 0]
    assert "1 ready, 2 warnings" in row_of("data/cache", 10, [warned.entries[0]])
    assert "findings" not in plain(scan_lines(Look(200), scan(entry("quiet")), ())[1])


def test_equal_warnings_of_a_plan_count_once_and_are_none_of_a_release_without_a_move():
    origin = Origin("directory", "web", path="apps/web")
    releases = tuple(Release("application", "web", name, "apps.yaml", 0, 1, origin) for name in ("a", "b"))
    images = (
        replace(plans.image(), releases=("web/a",)),
        replace(plans.image(), status="no-counterpart", releases=("web/b",)),
    )
    told = [Finding("tag-past", "warning", "gone", object=name) for name in ("one", "other")]
    plan = replace(plans.ready(), images=images, findings=(*told, Finding("shell-missing", "error", "none")))

    found = planned_entries(
        Group("apps/web", releases, "apps/web"), plan, ["web/a", "web/b"], 0.5, detail=False
    )

    assert [one.warnings for one in found] == [1, 0]


@pytest.mark.parametrize("width", [60, 80, 100, 110, 140, 200])
def test_a_path_is_broken_only_where_it_is_longer_than_a_line(width):
    files = ["clusters/production/europe/applications/some-service/release.yaml", "apps/a.yaml"]
    entries = [replace(entry(f"service-{at}", warnings=at), file=file) for at, file in enumerate(files)]

    lines = [plain(line) for line in scan_lines(Look(width, fit=True), scan(*entries), ())]

    assert [line for line in lines if len(line) > width] == []
    words = [word for line in lines for word in line.split()]
    assert "apps/a.yaml:3" in words
    assert f"{files[0]}:3" in words or width == 60
