"""What becomes of a container's arguments in the hardened image's entrypoint script, where its text is known."""

from dataclasses import replace

import pytest

from migrate_dhi.dhi.catalog import OwnedPath, Script
from migrate_dhi.dhi.playbook import Member, Place
from migrate_dhi.oci.reference import Reference
from tests.dhi.ready import SHELLED, mounted, pod, remarks

PATH = "/usr/local/bin/docker-entrypoint.sh"
VERBATIM = Script(PATH, reads=("BARE_DATA", "BARE_OPTIONS"), verbatim=True, drops=("bared",))
HANDS_ON = Script(PATH, program="/opt/bare/bared")
DEAF = Script(PATH, drops=("*",))


def said(script, container, **facts):
    """The remarks on arguments: code, severity and message."""
    definition = replace(SHELLED, entrypoint=(PATH,), cmd=("bared",), script=script)
    codes = {"command-empty", "command-doubled", "arguments-lost"}
    found = remarks(pod(container), **{"definition": definition, **facts})
    return [one for one in found if one.code in codes]


@pytest.mark.parametrize(
    ("script", "args", "code", "severity", "told"),
    [
        (
            VERBATIM,
            "[--port=1, x]",
            "command-empty",
            "error",
            "gives only options as arguments (--port …), and",
        ),
        (VERBATIM, "[bared, --port=1]", "arguments-lost", "warning", "gives the argument --port, which"),
        (VERBATIM, "[bared, --port, '1']", "arguments-lost", "warning", "gives the argument --port …, which"),
        (DEAF, "[--port=1]", "arguments-lost", "warning", "gives the argument --port, which"),
        (HANDS_ON, "[bared, --port=1]", "command-doubled", "error", "hands all arguments to bared"),
        (HANDS_ON, "[bash, -c, x]", "command-doubled", "error", "hands all arguments to bared"),
    ],
)
def test_arguments_that_do_not_reach_the_program_are_told(script, args, code, severity, told):
    (remark,) = said(script, f"args: {args}")

    assert (remark.code, remark.severity) == (code, severity)
    assert told in remark.message
    assert f"{PATH} of the hardened image" in remark.message
    assert "=1" not in remark.message


@pytest.mark.parametrize(
    "command",
    [
        "command: [/usr/local/bin/docker-entrypoint.sh, bared, --port]",
        "command: [docker-entrypoint.sh]\nargs: [bared, --port]",
        "command: [tini, --, docker-entrypoint.sh, bared, --port]",
        "command: [bash, -ec, 'cp /a /b; exec docker-entrypoint.sh bared --port']",
        "command: [bash, -ec]\nargs: ['cp /a /b; exec docker-entrypoint.sh bared --port']",
    ],
)
def test_a_command_may_start_the_script_too(command):
    (remark,) = said(VERBATIM, command)

    assert "gives the argument --port, which" in remark.message


def test_the_variable_that_the_script_reads_options_from_is_named():
    (remark,) = said(VERBATIM, "args: [--port=1]")
    (other,) = said(DEAF, "args: [--port=1]")

    assert remark.help.startswith("say it by BARE_OPTIONS, which it reads, or name the program in front")
    assert other.help.startswith("say it by command and args, or")


@pytest.mark.parametrize(
    ("script", "container", "facts"),
    [
        (VERBATIM, "", {}),
        (VERBATIM, "args: [bared]", {}),
        (VERBATIM, "args: [bash, -c, x]", {}),
        (VERBATIM, "command: [/x]\nargs: [--port]", {}),
        (HANDS_ON, "args: [--port]", {}),
        (HANDS_ON, "args: [--store=/srv/bared]", {}),
        (HANDS_ON, "args: [/etc/bare.yml]", {}),
        (VERBATIM, "args: [--port]", {"upstream": Reference.parse("dhi.io/bare:1.4.1")}),
        (None, "args: [--port]", {}),
    ],
)
def test_other_arguments_are_not_remarked(script, container, facts):
    assert said(script, container, **facts) == []


SOCKETED = replace(
    SHELLED,
    entrypoint=(PATH,),
    cmd=("bared",),
    script=Script(PATH, reads=("/run/bare/bare.sock",)),
    paths=(OwnedPath("/run/bare", 65532, 65532, "0755"), OwnedPath("/run/other", 65532, 65532, "0755")),
)
OTHER = "securityContext: {runAsUser: 999}\n"
CLOSED = "securityContext: {readOnlyRootFilesystem: true}\n"


@pytest.mark.parametrize(
    ("container", "code", "told"),
    [
        (
            OTHER,
            "user-differs",
            "runs as 999, and /run/bare of the hardened image can be written by 65532 alone",
        ),
        (
            CLOSED,
            "root-read-only",
            "nothing is mounted at /run/bare: as it starts the program of the",
        ),
        (
            CLOSED + mounted("v", "/run/other"),
            "root-read-only",
            "nothing is mounted at /run/bare: as it starts",
        ),
    ],
)
def test_a_socket_that_cannot_be_made_is_an_error(container, code, told):
    (remark,) = [one for one in remarks(pod(container), definition=SOCKETED) if one.severity == "error"]

    assert remark.code == code
    assert told in remark.message


KNOWN = Member((), "", writes=(Place(("/tmp", "/var/log/bare"), "its log", "acme/image"),))


@pytest.mark.parametrize(
    ("container", "code", "told"),
    [
        (
            OTHER,
            "user-differs",
            "runs as 999, and /var/log/bare of the hardened image can be written by 65532 alone",
        ),
        (
            CLOSED,
            "root-read-only",
            "nothing is mounted at /tmp, /var/log/bare: as it starts the program of the",
        ),
        (
            CLOSED + mounted("v", "/tmp"),
            "root-read-only",
            "nothing is mounted at /var/log/bare: as it starts",
        ),
    ],
)
def test_what_a_playbook_knows_to_be_written(container, code, told):
    owning = replace(SHELLED, paths=(OwnedPath("/var/log/bare", 65532, 65532, "0755"),))
    found = remarks(pod(container), definition=owning, known=KNOWN)
    (remark,) = [one for one in found if one.severity == "error"]

    assert remark.code == code
    assert told in remark.message
    assert "(its log; acme/image)" in remark.message


@pytest.mark.parametrize("mount", ["/run/bare", "/run", "/var/run", "/var/run/bare"])
@pytest.mark.parametrize("context", [OTHER, CLOSED])
def test_a_volume_takes_the_socket(context, mount):
    found = remarks(
        pod(context + mounted("v", mount), "volumes: [{name: v, emptyDir: {}}]"), definition=SOCKETED
    )

    assert [one for one in found if one.severity == "error"] == []


@pytest.mark.parametrize(
    "facts",
    [
        {"definition": replace(SOCKETED, script=replace(SOCKETED.script, reads=()))},
        {"definition": replace(SOCKETED, script=None)},
        {"definition": replace(SOCKETED, paths=(OwnedPath("/run/bare", 65532, 65532, "1777"),))},
        {"definition": replace(SOCKETED, paths=(OwnedPath("/run/bare", 65532, 65532, "0755"),), uid=999)},
        {"upstream": Reference.parse("dhi.io/bare:1.4.1")},
    ],
)
def test_without_a_folder_of_the_images_user_for_it_nothing_is_sure(facts):
    found = remarks(pod(OTHER), **{"definition": SOCKETED, **facts})

    assert [one for one in found if one.severity == "error"] == []
