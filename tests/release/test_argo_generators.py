"""Which sets of parameters each generator of an ApplicationSet gives, as Argo CD gives them."""

import pytest

from migrate_dhi.kube.documents import structure
from migrate_dhi.release.addresses import Addresses
from migrate_dhi.release.argo_generators import Generators
from migrate_dhi.release.argo_templates import Template
from migrate_dhi.release.contents import Contents

HERE = "https://example.com/acme/shop.git"
GIT = f"{{git: {{repoURL: {HERE}, %s}}}}"


def sets(repo, generator, files=None, *, go=True, urls=(HERE,), branches=()):
    repo.write(files or {})
    contents = Contents(repo.snapshot(), Addresses(urls, branches))
    return list(Generators(contents, go=go).parameters(structure(generator)))


def told(repo, template, generator, files=None, **more):
    """What a template becomes with each set."""
    found = sets(repo, generator, files, **more)
    return [Template(one, go=more.get("go", True)).text(template) for one in found]


FOLDERS = dict.fromkeys(
    ("apps/web/a", "apps/web/in/a", "apps/My_Web/a", "apps/.dot/a", "apps/web/.dot/a", "infra/db/a", "a"), "x"
)


@pytest.mark.parametrize(
    ("directories", "expected"),
    [
        ("[{path: apps/*}]", ["apps/My_Web", "apps/web"]),
        ("[{path: '*'}]", ["apps", "infra"]),
        ("[{path: '*/*'}]", ["apps/My_Web", "apps/web", "infra/db"]),
        ("[{path: apps/web/*}]", ["apps/web/in"]),
        ("[{path: apps/web}]", ["apps/web"]),
        ("[{path: ./apps/web}]", ["apps/web"]),
        ("[{path: apps/w?b}]", ["apps/web"]),
        ("[{path: apps/none}]", []),
        # As Go's path.Match reads it, it stands for one folder.
        ("[{path: '**'}]", ["apps", "infra"]),
        ("[{path: 'apps/**'}]", ["apps/My_Web", "apps/web"]),
        ("[{path: '**/web'}]", ["apps/web"]),
        # What is left out is left out, in whatever order.
        ("[{path: apps/*}, {path: apps/web, exclude: true}]", ["apps/My_Web"]),
        ("[{path: apps/web, exclude: true}, {path: apps/*}]", ["apps/My_Web"]),
        ("[{path: apps/*}, {path: infra/*}]", ["apps/My_Web", "apps/web", "infra/db"]),
        ("[{path: apps/*, exclude: false}]", ["apps/My_Web", "apps/web"]),
    ],
)
def test_directories(repo, directories, expected):
    found = told(repo, "{{ .path.path }}", GIT % f"directories: {directories}", FOLDERS)

    assert found == expected


@pytest.mark.parametrize(
    ("go", "template", "expected"),
    [
        (True, "{{ .path.path }}", "apps/My_Web"),
        (True, "{{ .path.basename }}", "My_Web"),
        (True, "{{ .path.basenameNormalized }}", "my-web"),
        (True, "{{ index .path.segments 0 }}", "apps"),
        (False, "{{path}}", "apps/My_Web"),
        (False, "{{ path.basename }}", "My_Web"),
        (False, "{{path.basenameNormalized}}", "my-web"),
        (False, "{{path[0]}}-{{path[1]}}", "apps-My_Web"),
        (False, "{{path[2]}}", "{{path[2]}}"),
    ],
)
def test_what_is_told_of_a_directory(repo, go, template, expected):
    found = told(repo, template, GIT % "directories: [{path: apps/My_Web}]", FOLDERS, go=go)

    assert found == [expected]


@pytest.mark.parametrize(
    ("go", "template", "expected"),
    [
        (True, "{{ .r.path.basename }}", "web"),
        (False, "{{r.path.basename}}", "web"),
        (False, "{{r.path}}", "apps/web"),
    ],
)
def test_a_prefix_of_parameters(repo, go, template, expected):
    generator = GIT % "pathParamPrefix: r, directories: [{path: apps/web}]"

    assert told(repo, template, generator, FOLDERS, go=go) == [expected]


@pytest.mark.parametrize(
    ("go", "value", "template"),
    [
        (True, "'{{ .path.basename }}-x'", "{{ .values.a }}"),
        (False, "'{{path.basename}}-x'", "{{values.a}}"),
    ],
)
def test_values_of_a_git_generator_are_templates(repo, go, value, template):
    generator = GIT % f"values: {{a: {value}}}, directories: [{{path: apps/web}}]"

    assert told(repo, template, generator, FOLDERS, go=go) == ["web-x"]


FILES = {
    "env/eu/config.yaml": "name: eu\n",
    "env/us/west/config.json": '[{"name": "west"}, {"name": "wild"}]',
    "env/empty/config.yaml": "",
    "env/comment/config.yaml": "# nothing yet\n",
    "env/two/config.yaml": "name: first\n---\nname: second\n",
    "env/broken/config.yaml": "name: [\n",
    "env/text/config.yaml": "just words\n",
}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ("[{path: env/eu/config.yaml}]", ["eu env/eu"]),
        (
            "[{path: 'env/*/config.yaml'}, {path: env/t*/*, exclude: true}]",
            ["? env/comment", "? env/empty", "eu env/eu"],
        ),
        # In a pattern for files it crosses folders.
        ("[{path: 'env/*/config.json'}]", ["west env/us/west", "wild env/us/west"]),
        ("[{path: 'env/**/config.json'}]", ["west env/us/west", "wild env/us/west"]),
        ("[{path: 'env/us/west/**/config.json'}]", ["west env/us/west", "wild env/us/west"]),
        # The first document counts, and an empty file says nothing besides where it is.
        ("[{path: env/two/config.yaml}]", ["first env/two"]),
        ("[{path: env/empty/config.yaml}]", ["? env/empty"]),
        ("[{path: env/comment/config.yaml}]", ["? env/comment"]),
        ("[{path: env/broken/config.yaml}]", []),
        ("[{path: env/text/config.yaml}]", []),
    ],
)
def test_files(repo, files, expected):
    found = sets(repo, GIT % f"files: {files}", FILES)

    assert [
        f"{one.values.get('name', '?')} {one.values['path']['path']}" for one in found if "path" in one.values
    ] == expected


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ .path.filename }}", "My_File.yaml"),
        ("{{ .path.filenameNormalized }}", "my-file.yaml"),
        ("{{ .path.basename }}", "dir"),
        ("{{ .a.b }}", "c"),
    ],
)
def test_what_is_told_of_a_file(repo, template, expected):
    generator = GIT % "files: [{path: dir/*.yaml}]"

    found = sets(repo, generator, {"dir/My_File.yaml": "a: {b: c}\n"})

    assert [Template(one, go=True).text(template) for one in found] == [expected]
    assert found[0].files == ("dir/My_File.yaml",)


def test_directories_come_before_files(repo):
    generator = GIT % "directories: [{path: env/eu}], files: [{path: env/*}]"

    assert told(repo, "{{ .path.path }}", generator, FILES) == ["env/eu"]


@pytest.mark.parametrize(
    ("urls", "folder", "known"),
    [
        ((HERE,), "apps/web", True),
        ((), "apps/web", True),
        # What it names is here, under another address.
        (("https://example.com/other.git",), "apps/web", True),
        (("https://example.com/other.git",), "apps/none", False),
        ((), "apps/none", False),
    ],
)
def test_whether_a_generator_reads_this_repository(repo, urls, folder, known):
    found = sets(repo, GIT % f"directories: [{{path: {folder}}}]", FOLDERS, urls=urls)

    assert [one.unknown for one in found] == [() if known else (f"git ({HERE})",)]


@pytest.mark.parametrize(
    ("revision", "branches", "expected"),
    [
        ("main", (), ""),
        ("HEAD", ("trunk",), ""),
        ("trunk", ("trunk",), ""),
        ("main", ("trunk",), "main"),
        ("v1", (), "v1"),
    ],
)
def test_another_revision_is_kept(repo, revision, branches, expected):
    generator = GIT % f"revision: {revision}, directories: [{{path: apps/web}}]"

    assert [one.revision for one in sets(repo, generator, FOLDERS, branches=branches)] == [expected]


ONE = "{list: {elements: [{name: a, kind: x}, {name: b, kind: y}, {name: c}]}%s}"


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("matchLabels: {kind: x}", ["a"]),
        ("matchLabels: {kind: z}", []),
        ("matchLabels: {kind: x, name: b}", []),
        ("matchExpressions: [{key: kind, operator: In, values: [x, y]}]", ["a", "b"]),
        ("matchExpressions: [{key: kind, operator: NotIn, values: [x]}]", ["b", "c"]),
        ("matchExpressions: [{key: kind, operator: Exists}]", ["a", "b"]),
        ("matchExpressions: [{key: kind, operator: DoesNotExist}]", ["c"]),
        ("matchLabels: {name: a}, matchExpressions: [{key: kind, operator: In, values: [y]}]", []),
    ],
)
def test_a_selector(repo, selector, expected):
    found = sets(repo, ONE % f", selector: {{{selector}}}")

    assert [one.values["name"] for one in found] == expected


@pytest.mark.parametrize(
    ("selector", "count"),
    [
        ("matchLabels: {region: eu}", 1),
        ("matchExpressions: [{key: region, operator: Exists}]", 1),
        ("matchLabels: {values.own: a}", 1),
        ("matchLabels: {values.own: b}", 0),
    ],
)
def test_a_selector_over_what_is_not_known(repo, selector, count):
    found = sets(repo, f"{{clusters: {{values: {{own: a}}}}, selector: {{{selector}}}}}")

    assert [one.unknown for one in found] == [("clusters",)] * count


@pytest.mark.parametrize(
    "kind", ["clusters", "scmProvider", "pullRequest", "clusterDecisionResource", "plugin"]
)
def test_what_only_the_cluster_knows(repo, kind):
    [found] = sets(repo, f"{{{kind}: {{}}}}")

    assert (found.values, found.unknown) == ({}, (kind,))


def test_no_generator_at_all(repo):
    assert [one.unknown for one in sets(repo, "{}")] == [("unknown",)]


@pytest.mark.parametrize(
    ("generators", "expected"),
    [
        (
            "[{list: {elements: [{a: 1}, {a: 2}]}}, {list: {elements: [{b: 3}, {b: 4}]}}]",
            ["1-3", "1-4", "2-3", "2-4"],
        ),
        ("[{list: {elements: [{a: 1}]}}, {list: {elements: [{a: 9, b: 3}]}}]", ["9-3"]),
        # The second one is filled with what the first one gives.
        ("[{list: {elements: [{a: 1}, {a: 2}]}}, {list: {elements: [{b: 'x{{ .a }}'}]}}]", ["1-x1", "2-x2"]),
        ("[{list: {elements: [{a: 1}]}}, {list: {elementsYaml: '[{b: {{ .a }}5}]'}}]", ["1-15"]),
        ("[{list: {elements: []}}, {list: {elements: [{b: 3}]}}]", []),
    ],
)
def test_a_matrix(repo, generators, expected):
    assert told(repo, "{{ .a }}-{{ .b }}", f"{{matrix: {{generators: {generators}}}}}") == expected


@pytest.mark.parametrize(
    ("others", "keys", "expected"),
    [
        ("[{name: a, tag: 9}]", "[name]", ["a-9", "b-2"]),
        ("[{name: z, tag: 9}]", "[name]", ["a-1", "b-2"]),
        ("[{name: a, tag: 9}, {name: a, tag: 8}]", "[name]", ["a-8", "b-2"]),
        ("[{name: b, kind: x, tag: 9}]", "[name, kind]", ["a-1", "b-2"]),
    ],
)
def test_a_merge(repo, others, keys, expected):
    base = "{list: {elements: [{name: a, tag: 1}, {name: b, tag: 2}]}}"
    generator = f"{{merge: {{mergeKeys: {keys}, generators: [{base}, {{list: {{elements: {others}}}}}]}}}}"

    assert told(repo, "{{ .name }}-{{ .tag }}", generator) == expected


def test_a_merge_of_nothing(repo):
    assert sets(repo, "{merge: {mergeKeys: [a], generators: []}}") == []
