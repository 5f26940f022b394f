"""Charts that do not render without what only a cluster has: a text stands in, and that is said."""

import pytest

from migrate_dhi.errors import RenderError
from migrate_dhi.helm.lookups import stood_in
from tests.charts import copy_case, pack
from tests.conftest import plan_of

READ = '(lookup "v1" "Secret" .Release.Namespace (default "a)b" .Values.name)).data.key'
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  key: %s\n"


@pytest.mark.parametrize(
    ("line", "after"),
    [
        (f"{{{{ {READ} | b64dec }}}}", '{{ "c3RhbmQtaW4=" | b64dec }}'),
        ('{{ (lookup "v1" "Namespace" "" "x").metadata.uid }}', '{{ "stand-in" }}'),
        (f"a: {{{{ {READ} }}}} b: {{{{ {READ} }}}}", 'a: {{ "c3RhbmQtaW4=" }} b: {{ "c3RhbmQtaW4=" }}'),
        # The object itself, and what is not read at once, may be nothing.
        ('{{ if (lookup "v1" "Secret" "x" "y").data }}', None),
        ('{{ $s := lookup "v1" "Secret" "x" "y" }}', None),
        ('{{ (lookup "v1" "Secret" "x"', None),
        ("# (lookup the docs).data.key", "# " + '"c3RhbmQtaW4="'),
    ],
)
def test_what_is_read_of_an_object(line, after):
    assert stood_in(line) == (line if after is None else after)


def told(plan):
    return [one.message for one in plan.findings if one.code == "lookup-assumed"]


def chart_with(folder, helper):
    chart = copy_case("plain-chart", folder)
    (chart / "templates/_read.tpl").write_text(f'{{{{ define "read" }}}}\n{helper}\n{{{{ end }}}}\n')
    (chart / "templates/secret.yaml").write_text(SECRET % '{{ include "read" . | trim | quote }}')
    return chart


def test_a_chart_that_reads_a_secret_of_the_cluster_is_planned_and_that_is_said(tmp_path):
    chart = chart_with(tmp_path / "plain-chart", f"{{{{ {READ} | b64dec }}}}")

    plan = plan_of(chart)

    assert plan.status == "ready"
    [message] = told(plan)
    assert message.startswith("plain-chart/templates/_read.tpl:2 reads what a cluster has")
    # The user's file is as it was.
    assert READ in (chart / "templates/_read.tpl").read_text()


@pytest.mark.parametrize("packed", [True, False])
def test_a_dependency_that_reads_one_is_planned_too(tmp_path, packed):
    root = tmp_path / "wrap"
    root.mkdir()
    inner = chart_with(tmp_path / "plain-chart", f"{{{{ {READ} }}}}")
    (root / "Chart.yaml").write_text(
        "apiVersion: v2\nname: wrap\nversion: 0.1.0\ndependencies:\n"
        "  - {name: plain-chart, version: '*', repository: 'https://charts.acme.example', alias: web}\n"
    )
    if packed:
        pack(inner, root / "charts")
    else:
        (root / "charts").mkdir()
        inner.rename(root / "charts/plain-chart")

    plan = plan_of(root)

    assert plan.status == "ready"
    assert len(told(plan)) == 1


def test_what_is_read_only_where_it_is_there_is_as_it_was(tmp_path):
    guarded = '{{ with lookup "v1" "Secret" "x" "y" }}{{ .data.key }}{{ else }}none{{ end }}'

    plan = plan_of(chart_with(tmp_path / "plain-chart", guarded))

    assert (plan.status, told(plan)) == ("ready", [])


def test_what_nothing_can_stand_in_for_is_told_as_what_it_is(tmp_path):
    chart = chart_with(
        tmp_path / "plain-chart", '{{ index (lookup "v1" "Secret" "x" .Values.nosuch).data "key" }}'
    )

    with pytest.raises(RenderError) as caught:
        plan_of(chart)

    assert "it reads what only a cluster has" in caught.value.help
