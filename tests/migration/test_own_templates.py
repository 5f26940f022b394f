"""Which templates are the user's own to edit: those that an edit can be about, and of no chart from elsewhere."""

import os

import pytest

from migrate_dhi.migration.own_templates import charts_below, templates_here, templates_of

POD = "spec:\n  containers:\n    - image: {{ .Values.image }}\n"


class Files(dict):
    """A state of a repository in memory."""

    links = frozenset()

    def under(self, folder):
        return [name for name in sorted(self) if name.startswith(f"{folder}/")]

    def is_link(self, name):
        return name in self.links

    def read_all(self, names):
        self.read = list(names)

    def text(self, name):
        return self.get(name)


def own(files, tree=None, changed=()):
    return templates_of("web", Files(tree or files), Files(files), changed)


@pytest.mark.parametrize(
    ("text", "about"),
    [
        (POD, True),
        ("  image: {{ .Values.image }}\n", True),
        ("      - image: x\n", True),
        ("  containers:\n", True),
        # A helper that holds nothing but a probe.
        ('{{ define "probes" }}\nlivenessProbe:\n  exec: {command: [sh, -c, x]}\n{{ end }}\n', True),
        ("  readinessProbe: {}\n", True),
        ("  startupProbe:\n", True),
        # One that holds the name of an image, or part of it.
        ('{{ define "image" }}docker.io/acme/app:1.0{{ end }}\n', True),
        ('{{ define "image" }}docker.io/acme/app:{{ .Values.tag }}{{ end }}\n', True),
        ('{{ define "image" }}{{ .Values.registry }}/acme/app:{{ .Values.tag }}{{ end }}\n', True),
        ("kind: Service\nspec: {ports: [{port: 80}]}\n", False),
        ("  imagePullPolicy: Always\n", False),
        ("  myimage: x\n", False),
        ("", False),
    ],
)
def test_a_template_counts_where_an_edit_can_be_about_something_in_it(text, about, tmp_path):
    assert bool(own({"web/templates/x.yaml": text})) is about

    (tmp_path / "templates/deep").mkdir(parents=True)
    (tmp_path / "templates/deep/x.tpl").write_text(text)
    assert list(templates_here(tmp_path, "web")) == ["web/templates/deep/x.tpl"] * about


DB = {"web/charts/db/templates/x.yaml": POD, "web/charts/db/Chart.yaml": "name: db\n"}


@pytest.mark.parametrize(
    ("dependencies", "counts"),
    [
        ("", True),
        ("dependencies: []\n", True),
        ("dependencies: null\n", True),
        ("dependencies: [{name: db, repository: ''}]\n", True),
        ("dependencies: [{name: db}]\n", True),
        ("dependencies: [{name: db, repository: 'file://charts/db'}]\n", True),
        ("dependencies: [{name: other, repository: 'https://charts.example.org'}]\n", True),
        # What a source brings is another one's, and comes back with the next update.
        ("dependencies: [{name: db, repository: 'https://charts.example.org'}]\n", False),
        ("dependencies: [{name: db, alias: main, repository: 'oci://r.example'}]\n", False),
        ("dependencies: [{name: db, repository: '@known'}]\n", False),
        ("dependencies: [text, {name: db, repository: 'https://charts.example.org'}]\n", False),
        ("a: [\n", True),
        ("dependencies: 5\n", True),
        ("dependencies: [{name: [db], repository: 'https://charts.example.org'}]\n", True),
    ],
)
def test_a_chart_below_it_counts_unless_a_dependency_brings_it_from_elsewhere(dependencies, counts):
    files = {"web/Chart.yaml": f"name: web\n{dependencies}", "web/templates/own.yaml": POD, **DB}
    expected = ["web/templates/own.yaml", *["web/charts/db/templates/x.yaml"] * counts]

    assert list(own(files)) == expected


def test_a_chart_below_it_whose_name_is_none_counts():
    files = {
        "web/Chart.yaml": "dependencies: [{name: db, repository: 'https://charts.example.org'}]\n",
        **DB,
        "web/charts/db/Chart.yaml": "name: {a: 5}\n",
    }

    assert list(own(files)) == ["web/charts/db/templates/x.yaml"]


def test_old_charts_name_their_dependencies_in_a_file_of_its_own():
    files = {
        "web/Chart.yaml": "name: web\n",
        "web/requirements.yaml": "dependencies: [{name: db, repository: 'https://charts.example.org'}]\n",
        **DB,
    }

    assert own(files) == {}


def test_so_does_a_chart_below_that():
    deep = {
        name.replace("web/", "web/charts/db/").replace("charts/db/charts/db", "charts/db/charts/deep"): text
        for name, text in DB.items()
    }
    deep["web/charts/db/charts/deep/Chart.yaml"] = "name: deep\n"
    files = {"web/Chart.yaml": "name: web\n", **DB, **deep}
    assert list(own(files)) == [
        "web/charts/db/templates/x.yaml",
        "web/charts/db/charts/deep/templates/x.yaml",
    ]

    files["web/charts/db/Chart.yaml"] = (
        "name: db\ndependencies: [{name: deep, repository: 'oci://r.example'}]\n"
    )
    assert list(own(files)) == ["web/charts/db/templates/x.yaml"]


def test_what_is_unchanged_has_the_bytes_of_the_commit_and_what_changed_those_on_disk():
    names = ["web/templates/a.yaml", "web/templates/b.yaml", "web/templates/c.yaml"]
    disk = Files(dict.fromkeys(names, f"{POD}# disk\n"))
    disk.links = {names[2]}
    tree = Files(dict.fromkeys(names, f"{POD}# commit\n"))

    found = templates_of("web", tree, disk, {names[0]})

    assert found == {names[0]: f"{POD}# disk\n", names[1]: f"{POD}# commit\n"}
    assert tree.read == [names[1]]


def test_other_folders_and_archives_are_no_charts_below():
    files = Files(
        dict.fromkeys(
            (
                "web/charts/db/Chart.yaml",
                "web/charts/db/charts/x/Chart.yaml",
                "web/charts/Chart.yaml",
                "web/charts/db-1.tgz",
                "web/chartsy/db/Chart.yaml",
            ),
            "",
        )
    )

    assert charts_below("web", files) == ["web/charts/db/Chart.yaml"]


def test_what_is_no_plain_text_is_no_template(tmp_path):
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "binary.yaml").write_bytes(b"image: x\xff")
    (folder / "pod.yaml").write_text(POD)
    (folder / "link.yaml").symlink_to(folder / "pod.yaml")
    os.mkfifo(folder / "pipe.yaml")

    assert list(templates_here(tmp_path, ".")) == ["templates/pod.yaml"]
