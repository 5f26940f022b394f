"""Entrypoint and command line of an image: what is said, in which words, and when nothing is."""

from dataclasses import replace

import pytest

from migrate_dhi.dhi.catalog import OwnedPath
from migrate_dhi.dhi.playbook import Fact, Member
from migrate_dhi.oci.reference import Reference
from tests.dhi.ready import BARE, SHELLED, codes, mounted, pod, remarks

NOTHING = replace(BARE, entrypoint=(), cmd=())
CLOSED = "securityContext: {readOnlyRootFilesystem: true}\n"
HARDENED = Reference.parse("dhi.io/bare:1.4.1")


def said(*texts, **facts):
    """The one remark."""
    (remark,) = remarks(*texts, **facts)
    return remark


@pytest.mark.parametrize("container", ["", "args: [serve]", "command: [/opt/acme/bare]", CLOSED])
def test_what_runs_hardened_already_has_shown_that_it_does(container):
    assert codes(pod(container), definition=NOTHING, upstream=HARDENED) == []


@pytest.mark.parametrize("container", ["", "args: [--port]", "command: [/opt/acme/bare]"])
def test_nothing_is_said_of_an_image_that_is_not_known(container):
    assert not {code for code, _ in codes(pod(container), definition=None)} & {
        "command-empty",
        "command-path",
    }


def test_it_is_said_what_the_image_has_in_place_of_a_command():
    wrapper = replace(BARE, entrypoint=("/usr/bin/tini", "--"), cmd=())

    assert "gives no command, and the hardened image has neither entrypoint nor command (" in (
        said(pod(""), definition=NOTHING).message
    )
    assert "the hardened image has /usr/bin/tini -- (" in said(pod(""), definition=wrapper).message
    assert "as the upstream image had them" in said(pod(""), definition=NOTHING).help


def test_options_alone_name_the_entrypoint_that_starts_nothing():
    wrapper = replace(BARE, entrypoint=("/usr/bin/tini", "--"), cmd=("serve",))

    assert "(--port …), and the entrypoint of the hardened image (/usr/bin/tini --) names no program" in (
        said(pod("args: [--port, '1']"), definition=wrapper).message
    )
    assert "the hardened image (empty) names no program" in (
        said(pod("args: [--port]"), definition=NOTHING).message
    )
    remark = said(pod("args: [--port]"), definition=NOTHING, variants=(replace(BARE, flavor="compat"),))
    assert "choose dhi.io/bare:1.4.2-debian13 with --to" in remark.help
    assert remark.help.endswith(", or name the program in command")


NEEDY = Member((), "", arguments=Fact("it ends without a configuration", "acme/image, Dockerfile"))


@pytest.mark.parametrize(
    ("container", "image", "found"),
    [
        ("", {"cmd": ()}, True),
        ("", {"entrypoint": (), "cmd": ("tini", "--", "bare")}, True),
        ("args: [-f, /etc/bare.cfg]", {"cmd": ()}, False),
        ("command: [bare]", {"cmd": ()}, False),
        ("", {"cmd": ("-f", "/etc/bare.cfg")}, False),
    ],
)
def test_a_program_that_needs_arguments_and_gets_none(container, image, found):
    found_here = remarks(pod(container), definition=replace(BARE, **image), known=NEEDY)
    told = [one for one in found_here if one.code == "command-empty"]

    assert [one.severity for one in told] == ["error"] * found
    assert all(
        "gives no arguments, and the hardened image has none: it ends without" in one.message for one in told
    )


@pytest.mark.parametrize(
    ("args", "found"),
    [
        ("[serve]", ["command-empty"]),
        ("[sh]", []),
        ("[bash, -c, x]", []),
        ("[dash]", []),
        ("[./serve]", []),
    ],
)
def test_a_word_in_args_is_the_program_where_the_image_has_none(args, found):
    definition = replace(SHELLED, entrypoint=(), cmd=())

    assert [code for code, _ in codes(pod(f"args: {args}"), definition=definition)] == found
    if found:
        assert "and so serve is the program" in said(pod(f"args: {args}"), definition=definition).message


@pytest.mark.parametrize(
    ("entrypoint", "args", "doubled"),
    [
        (("/usr/local/bin/bare",), "[bare]", True),
        (("/usr/local/bin/bare",), "[/opt/bin/bare]", True),
        (("/usr/bin/tini", "--", "bare"), "[bare, serve]", True),
        (("/usr/local/bin/bare",), "[bar]", False),
        (("bare", "--verbose"), "[bare]", False),
        (("bare",), "[--bare]", False),
        (("/bare.sh",), "[bare.sh]", False),
        ((), "[bare]", False),
    ],
)
def test_a_program_that_the_entrypoint_starts_is_not_named_again(entrypoint, args, doubled):
    found = codes(pod(f"args: {args}"), definition=replace(SHELLED, entrypoint=entrypoint, cmd=("x",)))

    assert ("command-doubled" in {code for code, _ in found}) is doubled


@pytest.mark.parametrize(
    ("entrypoint", "args", "taken"),
    [
        (("/usr/local/bin/bare",), "[bash, -c, 'exec bare serve']", True),
        (("tini", "--", "bare"), "[/bin/sh, -c, 'exec bare serve']", True),
        (("/usr/bin/dumb-init", "--", "/entrypoint"), "[bash, -c, 'exec bare serve']", False),
        (("/start.sh",), "[bash, -c, 'exec bare serve']", False),
        (("tini", "--"), "[bash, -c, 'exec bare serve']", False),
        ((), "[bash, -c, 'exec bare serve']", False),
        (("/usr/local/bin/bare",), "[serve, bash]", False),
    ],
)
def test_a_program_takes_a_shell_in_args_for_its_own_arguments(entrypoint, args, taken):
    other = replace(SHELLED, entrypoint=("/entrypoint",), flavor="compat", tags=("1.4.2-compat",))
    definition = replace(SHELLED, entrypoint=entrypoint, cmd=("x",))
    found = remarks(pod(f"args: {args}"), definition=definition, variants=(other,))
    told = [one for one in found if one.code == "command-doubled"]

    assert [one.severity for one in told] == ["error"] * taken
    assert all("takes all of them for its own arguments" in one.message for one in told)
    assert all("choose dhi.io/bare:1.4.2-compat with --to" in one.help for one in told)


def test_the_doubled_program_is_named():
    remark = said(pod("args: [bare, serve]"))

    assert "names bare in args, which the entrypoint of the hardened image starts already" in remark.message
    assert remark.help == "leave the program out of args"


@pytest.mark.parametrize(
    ("command", "definition", "told"),
    [
        ("[/work/bare]", BARE, True),
        ("[tini, --, /work/bare]", BARE, True),
        ("[bare]", BARE, False),
        ("[/proc/1/exe]", BARE, False),
        ("[/usr/sbin/bare]", BARE, False),
        ("[/sbin/bare]", BARE, False),
        ("[/usr/local/bin/other]", BARE, False),
        ("[/work/bare]", NOTHING, False),
        ("[/work/bare]", replace(BARE, entrypoint=("/work/bare",)), False),
        ("[/work/bare]", replace(BARE, cmd=("/work/bare",)), False),
        ("[/work/bare]", replace(BARE, entrypoint=("--a",), cmd=("--b",)), False),
        ("[/work/bare]", replace(BARE, paths=(OwnedPath("/work", 0, 0),)), False),
        ("[/work/sh]", SHELLED, False),
        ("[/work/echo]", BARE, False),
        ("[/work/cat]", BARE, False),
        ("[/work/cat]", SHELLED, True),
        ("[/opt/acme/other]", BARE, False),
        ("[/opt/acme/bare]", BARE, True),
    ],
)
def test_a_path_that_the_catalog_says_nothing_of_is_told(command, definition, told):
    assert (
        "command-path" in {code for code, _ in codes(pod(f"command: {command}"), definition=definition)}
    ) is told


def test_a_path_is_told_with_what_the_image_starts():
    same = said(pod("command: [/opt/acme/bare, serve]"))
    other = said(pod("command: [/work/start]"), definition=replace(BARE, cmd=("a", "b", "--c", "d")))

    assert "starts /opt/acme/bare, and the hardened image has /usr/local/bin/bare; whether" in same.message
    assert same.help.endswith("/usr/local/bin/bare is safe")
    assert "and the hardened image starts /usr/local/bin/bare a b; whether" in other.message
    assert other.help.endswith("it is safe to leave it out")


def test_a_program_on_a_volume_is_the_charts_own():
    volume = "volumes: [{name: work, emptyDir: {}}]"

    assert codes(pod("command: [/work/bare]\n" + mounted("work", "/work"), volume)) == []
    assert codes(pod("command: [/worker/bare]\n" + mounted("work", "/work"), volume)) == [
        ("command-path", "info")
    ]


@pytest.mark.parametrize(
    ("path", "uid", "wanted"),
    [
        ("/run/bare", 65532, True),
        ("/var/run/bare", 65532, True),
        ("/tmp", 65532, True),
        ("/tmp/bare", 65532, True),
        ("/run/bare", 0, False),
        ("/run/bare", 1000, False),
        ("/srv/bare", 65532, False),
        ("/running", 65532, False),
    ],
)
def test_a_read_only_root_minds_what_the_user_of_the_image_writes_at_its_start(path, uid, wanted):
    definition = replace(BARE, paths=(OwnedPath(path, uid, uid, "0755"),))

    found = remarks(pod(CLOSED), definition=definition)
    assert [remark.code for remark in found] == ["root-read-only"] * wanted
    assert all(f"nothing is mounted at {path}, where" in remark.message for remark in found)


def test_a_read_only_root_names_four_places_and_a_scripts_own_first():
    paths = tuple(OwnedPath(f"/run/{name}", 65532, 65532) for name in "abcd")

    remark = said(pod(CLOSED), definition=replace(SHELLED, entrypoint=("/entrypoint.sh",), paths=paths))

    assert "nothing is mounted at /tmp, /run/a, /run/b, /run/c, where" in remark.message


@pytest.mark.parametrize(
    ("container", "found"),
    [
        ("command: [/usr/local/bin/bare]\n", ["root-read-only"]),
        ("command: [tini, --, /usr/local/bin/bare]\n", ["root-read-only"]),
        ("command: [/usr/bin/other]\n", []),
        ("args: [serve]\n", ["root-read-only"]),
    ],
)
def test_a_read_only_root_is_the_business_of_the_images_own_program(container, found):
    definition = replace(BARE, paths=(OwnedPath("/run/bare", 65532, 65532),))

    assert [code for code, _ in codes(pod(CLOSED + container), definition=definition)] == found


@pytest.mark.parametrize("value", ["false", "null"])
def test_a_root_that_can_be_written_is_no_matter(value):
    definition = replace(BARE, paths=(OwnedPath("/run/bare", 65532, 65532),))

    assert codes(pod(CLOSED.replace("true", value)), definition=definition) == []
