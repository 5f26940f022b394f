"""What is read out of the text of an entrypoint script."""

import pytest

from migrate_dhi.dhi.build import build_catalog
from migrate_dhi.dhi.catalog import Catalog, Script
from migrate_dhi.dhi.scripts import script_facts

from .conftest import BASED, SERVER, write

PATH = "/usr/local/bin/docker-entrypoint.sh"


def facts(text, tmp_path, entrypoint=(PATH,), **keys):
    paths = [{"type": "file", "path": PATH, "content": text}]
    return script_facts({"entrypoint": list(entrypoint), "paths": paths, **keys}, tmp_path)


@pytest.mark.parametrize(
    ("line", "reads"),
    [
        ("echo $ACME_USER ${ACME_DIR:-/srv} ${!ACME_KEY}", ["/srv", "ACME_DIR", "ACME_KEY", "ACME_USER"]),
        ('case "$1" in ACME_*) ;; esac', ["ACME_*"]),
        ('for v in "${!ACME_OPT_@}"; do :; done', ["ACME_OPT_*", "ACME_OPT_"]),
        ("file_env 'ACME_PASSWORD' x", ["ACME_PASSWORD", "ACME_PASSWORD_FILE"]),
        ("  _acme_file_env 'ACME_PASSWORD'", ["ACME_PASSWORD", "ACME_PASSWORD_FILE"]),
        ("for f in /docker-entrypoint-initdb.d/*; do :; done", ["/docker-entrypoint-initdb.d"]),
        ('# ACME_* $ACME_OLD "/old"', []),
        ("cat /usr/share/x > /dev/null", []),
    ],
)
def test_variables_and_paths_that_a_script_names(tmp_path, line, reads):
    assert sorted(facts(f"#!/bin/sh\n{line}\n", tmp_path).get("reads", [])) == sorted(reads)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('exec "$@"', {"verbatim": True}),
        ('exec tini -- "$@"', {"verbatim": True}),
        ('if [ "$(id -u)" = 0 ]; then exec gosu acme "$0" "$@"; fi\nexec "$@"', {"verbatim": True}),
        ('if [ "${1#-}" != "$1" ]; then set -- acme "$@"; fi\nexec "$@"', {}),
        ('if [[ "$1" == "--"* ]]; then echo "$@"; fi\nexec "$@"', {}),
        ('exec acme --fixed "$@"', {"program": "acme"}),
        ('exec start.sh "$@"', {}),
        ('exec "$ACME" "$@"', {"reads": ["ACME"]}),
        ('if x; then\n  exec acme "$@"\nfi\nexec "$@"', {}),
        ("exec acme", {"drops": ["*"]}),
        ('say() {\n  echo "$1"\n}\nsay hello\nexec acme', {"drops": ["*"]}),
        (
            'if [ "$1" = "acmed" ]; then\n  exec acmed --fixed\nelse\n  exec "$@"\nfi',
            {"verbatim": True, "drops": ["acmed"]},
        ),
        ('if [ "$1" = "acmed" ]; then\n  prepare\n  exec acmed "$@"\nfi', {"program": "acmed"}),
    ],
)
def test_what_a_script_does_with_its_arguments(tmp_path, text, found):
    assert facts(f"#!/bin/sh\nset -e\n{text}\n", tmp_path) == {"path": PATH, **found}


def test_only_the_script_that_the_image_starts_is_read(tmp_path):
    text = '#!/bin/sh\nexec "$@"\n'

    assert facts(text, tmp_path, ("/usr/bin/tini", "--", PATH)) == {"path": PATH, "verbatim": True}
    assert facts(text, tmp_path, ("docker-entrypoint.sh",)) == {"path": PATH, "verbatim": True}
    assert facts(text, tmp_path, (), cmd=[PATH]) == {"path": PATH, "verbatim": True}
    assert facts(text, tmp_path, ("acme",)) == {}
    assert facts(text, tmp_path, ()) == {}
    assert facts("key: value\n", tmp_path) == {}


@pytest.mark.parametrize(
    ("source", "found"), [("image/server/run.sh", True), ("../run.sh", False), ("image/none.sh", False)]
)
def test_a_script_beside_the_definition_is_read_where_it_lies_in_the_checkout(tmp_path, source, found):
    write(tmp_path, "checkout/image/server/run.sh", "#!/bin/sh\nexec acme\n")
    write(tmp_path, "run.sh", "#!/bin/sh\nexec acme\n")
    definition = {"entrypoint": [PATH], "paths": [{"type": "file", "path": PATH, "source": source}]}

    assert bool(script_facts(definition, tmp_path / "checkout")) is found


def test_the_catalog_keeps_it_also_for_images_that_copy_those_programs(checkout):
    write(checkout, "image/server/run.sh", '#!/bin/sh\nexec server $SERVER_FLAGS "$@"\n')
    script = "{type: file, path: /bin/server, source: image/server/run.sh}"
    write(
        checkout, "image/server/debian-13/1.yaml", SERVER.replace("paths:\n", f"paths:\n      - {script}\n")
    )
    write(
        checkout,
        "image/based/debian-13/2.yaml",
        BASED.replace("accounts:", "entrypoint: [/bin/server]\n    accounts:"),
    )
    write(
        checkout,
        "image/other/debian-13/2.yaml",
        BASED.replace("accounts:", "entrypoint: [other]\n    accounts:"),
    )

    catalog = Catalog(build_catalog(checkout), "test")

    known = Script("/bin/server", ("SERVER_FLAGS",), "server")
    assert [catalog.definitions(name)[0].script for name in ("server", "based", "other")] == [
        known,
        known,
        None,
    ]
