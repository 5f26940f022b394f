"""A chart laid out once for all that render it: what a render depends on, and what is written and put back."""

from pathlib import Path

import pytest

from migrate_dhi.helm.chart import Chart
from migrate_dhi.helm.engine import Rendering
from migrate_dhi.helm.laid import Laid
from migrate_dhi.helm.shelf import Shelf

CHART = "apiVersion: v2\nname: shop\nversion: 1.0.0\n"
OFFLINE = Shelf(offline=True)


@pytest.fixture
def chart(tmp_path):
    """A chart in no repository with these files."""

    def made(path="apps/shop", **files):
        folder = tmp_path / "shop"
        every = {
            "Chart.yaml": CHART,
            "values.yaml": "a: 1\n",
            "templates/t.yaml": "a: {{ .Values.a }}\n",
            **files,
        }
        for name, text in every.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        texts = {f"{path}/{name}" if path != "." else name: text for name, text in every.items()}
        return Chart.read(folder, path, texts)

    return made


@pytest.fixture
def laid(chart):
    with Laid(chart(), OFFLINE) as one:
        yield one


def names(inputs):
    return sorted(name for name, _ in inputs)


# --- what a render depends on


@pytest.mark.parametrize(
    ("texts", "values", "found"),
    [
        ({"apps/shop/values.yaml": "a: 2\n"}, "", ["values.yaml"]),
        # What only `.Files` could read counts where something reads files.
        ({"apps/shop/prod/values.yaml": "a: 2\n"}, "", []),
        ({"apps/shop/prod/values.yaml": "a: 2\n"}, "{{ .Files.Get }}", ["prod/values.yaml"]),
        ({"apps/shop/values-prod.yaml": "a: 2\n", "apps/shop/Chart.lock": "x"}, "", ["Chart.lock"]),
        (
            {"apps/shop/templates/x.yaml": "", "apps/shop/crds/c.yaml": ""},
            "",
            ["crds/c.yaml", "templates/x.yaml"],
        ),
        ({"apps/shop/charts/sub/values.yaml": ""}, "", ["charts/sub/values.yaml"]),
        ({"apps/shopping/values.yaml": "", "other.yaml": ""}, "", []),
        ({"apps/shop/values.schema.json": ""}, "", ["values.schema.json"]),
    ],
)
def test_the_texts_that_a_render_depends_on(laid, texts, values, found):
    assert names(laid.inputs(texts, values)) == found


def test_further_values_files_count_where_a_template_reads_files(chart):
    texts = {"apps/shop/prod/values.yaml": "a: 2\n"}
    with Laid(chart(**{"templates/f.yaml": "{{ .Files.Get `prod/values.yaml` }}\n"}), OFFLINE) as laid:
        assert laid.reads_files
        assert names(laid.inputs(texts, "")) == ["prod/values.yaml"]


def test_a_chart_at_the_root_has_all_files_below_it(chart):
    with Laid(chart("."), OFFLINE) as laid:
        assert names(laid.inputs({"values.yaml": "", "templates/x.yaml": ""}, "")) == [
            "templates/x.yaml",
            "values.yaml",
        ]


def test_of_a_chart_that_is_not_ours_no_text_counts(chart):
    from dataclasses import replace

    with Laid(replace(chart(), editable=False), OFFLINE) as laid:
        assert laid.inputs({"apps/shop/values.yaml": "a: 2\n"}, ".Files") == frozenset()
        laid.write({"apps/shop/values.yaml": "a: 2\n"})
        assert (laid.directory / "values.yaml").read_text() == "a: 1\n"


def test_where_other_files_take_the_place_of_its_values_they_are_empty(chart):
    from dataclasses import replace

    with Laid(replace(chart(), values_replaced=True), OFFLINE) as laid:
        assert laid.inputs({"apps/shop/values.yaml": "a: 2\n"}, "") == {("values.yaml", "")}
        laid.write({"apps/shop/values.yaml": "a: 2\n"})
        assert (laid.directory / "values.yaml").read_text() == ""


# --- what is written


def test_a_trial_is_written_and_the_next_one_over_it(laid):
    file = laid.directory / "values.yaml"

    for text in ("a: 22222\n", "a: 3\n", "a: 1\n"):
        laid.write({"apps/shop/values.yaml": text})
        assert file.read_text() == text


def test_what_a_trial_created_goes_with_the_next(laid):
    laid.write({"apps/shop/Chart.lock": "x\n"})
    assert (laid.directory / "Chart.lock").read_text() == "x\n"

    laid.write({})

    assert not (laid.directory / "Chart.lock").exists()


def test_a_file_that_is_not_there_is_made_only_where_helm_reads_it(laid):
    laid.write({"apps/shop/prod/values.yaml": "a: 2\n"})

    assert not (laid.directory / "prod").exists()


def test_the_users_own_files_stay_as_they_are(chart):
    own = chart(**{"templates/deep/x.yaml": "x: 1\n", "prod/values.yaml": "a: 1\n"})
    before = {path: path.read_text() for path in own.directory.rglob("*") if path.is_file()}
    with Laid(own, OFFLINE) as laid:
        laid.write({f"apps/shop/{path.relative_to(own.directory)}": "changed: 1\n" for path in before})
        assert (laid.directory / "templates/deep/x.yaml").read_text() == "changed: 1\n"
        assert (laid.directory / "prod/values.yaml").read_text() == "changed: 1\n"

    assert {path: path.read_text() for path in before} == before


# --- who uses it


def test_it_is_laid_out_for_the_first_and_removed_after_the_last(chart):
    laid = Laid(chart(), OFFLINE)
    with laid:
        first = laid.directory
        with laid:
            assert laid.directory == first
        assert first.is_dir()
    assert not first.exists()

    with laid:
        assert laid.directory != first
        assert (laid.directory / "Chart.yaml").read_text() == CHART


def test_the_same_texts_of_several_renders_are_held_once(laid):
    one, other = (laid.kept((n,), Rendering({"a": "kind: " + "A" * 50}, values={"n": n})) for n in range(2))

    assert one.files["a"] is other.files["a"]
    assert laid.rendered == {(0,): one, (1,): other}


def test_the_folder_is_called_as_the_charts_own(laid, chart):
    assert laid.directory.name == "shop"
    assert isinstance(laid.directory, Path)
    assert laid.folders == ("apps/shop",)
