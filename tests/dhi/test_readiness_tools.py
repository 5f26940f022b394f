"""Which tools an image has: by its packages, by what it is made for, and by what nobody tells."""

from dataclasses import replace

import pytest

from migrate_dhi.dhi.catalog import OwnedPath
from migrate_dhi.dhi.readiness.running import Running
from migrate_dhi.dhi.readiness.tools import has, missing, only_busybox, speaks_of, unshown
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.oci.reference import Reference
from tests.dhi.ready import BARE, SHELLED, mounted, pod, remarks


def container(text="", spec=""):
    (found,) = Manifests({"app/templates/all.yaml": pod(text, spec)}).containers
    return found


def of(*packages, **facts):
    return replace(BARE, packages=packages, **facts)


# --- packages


@pytest.mark.parametrize(
    ("packages", "tool", "lacking"),
    [
        # A tool is a package of its own name, or of one that brings it.
        (("curl",), "curl", False),
        (("base-files",), "curl", True),
        (("gawk",), "awk", False),
        (("mawk",), "awk", False),
        (("procps",), "ps", False),
        (("procps-ng",), "pgrep", False),
        (("findutils",), "xargs", False),
        (("netcat-openbsd",), "nc", False),
        (("netcat-openbsd",), "ncat", True),
        (("kubectl",), "kubectl", False),
        (("gettext-base",), "envsubst", False),
        # coreutils, whole or one by one, and busybox.
        (("coreutils",), "tr", False),
        (("uutils-coreutils",), "tee", False),
        (("coreutils-single",), "date", False),
        (("coreutils-cat",), "cat", False),
        (("coreutils-cat",), "tee", True),
        (("coreutils",), "sed", True),
        (("coreutils",), "grep", True),
        (("busybox",), "tr", False),
        (("busybox",), "sed", False),
        (("busybox",), "nc", False),
        (("busybox",), "curl", True),
        (("busybox",), "jq", True),
        # Of what is not listed here, nothing is said, nor of an image whose packages nobody tells.
        (("base-files",), "mytool", False),
        ((), "curl", False),
        # What the image is made for.
        (("base-files",), "bare", False),
    ],
)
def test_what_no_package_brings_is_missing(packages, tool, lacking):
    assert missing(of(*packages), tool) is lacking


@pytest.mark.parametrize(
    ("packages", "variant", "tool", "lacking"),
    [
        (("nodejs-22",), "runtime", "npm", True),
        (("nodejs-22",), "runtime", "npx", True),
        (("nodejs-22", "npm"), "runtime", "npx", False),
        (("nodejs-22", "yarn-classic"), "runtime", "yarn", False),
        (("nodejs-22", "npm"), "runtime", "yarn", True),
        (("python-3.12",), "runtime", "pip", True),
        (("python-3.12",), "runtime", "pip3", True),
        (("python-3.12", "py3.12-pip"), "runtime", "pip3", False),
        # What is built from its sources is listed nowhere, and is in the images for development.
        (("base-files",), "dev", "npm", False),
        (("base-files",), "dev", "pip", False),
        ((), "runtime", "npm", False),
        (("pipewire",), "runtime", "pip", True),
    ],
)
def test_package_managers_of_languages_are_in_images_for_development(packages, variant, tool, lacking):
    assert missing(of(*packages, variant=variant), tool) is lacking


@pytest.mark.parametrize("tool", ["echo", "test", "[", "true", "printf", "kill", "pwd"])
def test_a_shell_has_builtins_that_are_programs_without_it(tool):
    assert not missing(of("base-files"), tool)
    assert missing(of("base-files"), tool, shell=False)
    assert not missing(of("coreutils"), tool, shell=False)
    assert not missing(of("busybox"), tool, shell=False)


@pytest.mark.parametrize(
    ("facts", "tool"),
    [
        ({"image": "redis-exporter"}, "redis"),
        ({"image": "curl"}, "curl"),
        ({"entrypoint": ("/usr/bin/openssl", "s_server")}, "openssl"),
        ({"entrypoint": (), "cmd": ("git", "daemon")}, "git"),
    ],
)
def test_an_image_has_what_it_is_made_for(facts, tool):
    assert not missing(of("base-files", **facts), tool, shell=False)


@pytest.mark.parametrize(
    ("packages", "tool", "only"),
    [
        (("busybox",), "nc", True),
        (("busybox", "netcat-openbsd"), "nc", False),
        (("netcat-openbsd",), "nc", False),
        (("busybox",), "mytool", True),
    ],
)
def test_an_applet_of_busybox_is_not_the_program(packages, tool, only):
    assert only_busybox(of(*packages), tool) is only


# --- what nothing shows

OPT = {"paths": (OwnedPath("/opt/bare/lib", 0, 0, "0755"),)}


@pytest.mark.parametrize(
    ("program", "facts", "shown"),
    [
        # Its own command line, in whatever folder.
        ("/usr/local/bin/bare", {}, True),
        ("bare", {}, True),
        ("/other/bare", {}, True),
        ("serve", {}, True),
        # Programs of a product begin with its name or with that of its settings.
        ("bare-cli", {}, True),
        ("bare_isready", {}, True),
        ("pg_isready", {"environment": {"PG_MAJOR": "17"}}, True),
        ("pg_isready", {}, False),
        ("redis-cli", {"packages": ("redis-tools",)}, True),
        ("postgresql-check", {"image": "postgres"}, True),
        ("upstream-check", {}, True),
        ("healthcheck", {}, False),
        ("extra/healthcheck", {}, False),
        ("/usr/bin/healthcheck", {}, False),
        ("/usr/bin/bare-health", {}, True),
        # Where the image has folders of its own.
        ("/opt/bare/bin/check", OPT, True),
        ("/opt/bare/bin/check", {"environment": {"PATH": "/usr/bin:/opt/bare/bin"}}, True),
        ("/opt/other/bin/check", OPT, False),
        ("/opt/bare/lib/check", {"work_dir": "/opt/bare"}, True),
        ("/app/check", {"work_dir": "/app"}, False),
        # What other checks speak of: tools, shells, and what Linux has.
        ("curl", {}, True),
        ("/bin/sh", {}, True),
        ("cat", {}, True),
        ("/proc/self/exe", {}, True),
    ],
)
def test_a_program_that_nothing_shows(program, facts, shown):
    assert unshown(replace(BARE, **facts), container(), program, "upstream") is not shown


def test_a_program_on_a_volume_is_shown():
    spec = "volumes: [{name: tools, emptyDir: {}}]\n"

    assert not unshown(BARE, container(mounted("tools", "/tools"), spec), "/tools/check", "upstream")
    assert unshown(BARE, container(mounted("tools", "/tools"), spec), "/tool/check", "upstream")


@pytest.mark.parametrize(
    ("program", "packages", "there"),
    [
        ("curl", ("curl",), True),
        ("curl", ("base-files",), False),
        ("echo", ("base-files",), False),
        ("bare-cli", ("base-files",), True),
        ("healthcheck", ("base-files",), False),
        # What nobody tells is not there, but for what the image is made for.
        ("curl", (), False),
        ("bare", (), True),
    ],
)
def test_a_program_that_is_there(program, packages, there):
    assert has(of(*packages), container(), program, "upstream") is there


@pytest.mark.parametrize(
    ("path", "facts", "speaks"),
    [
        ("/opt/acme/bin/x", {"entrypoint": ("/opt/acme/run",)}, True),
        ("/opt/acme/bin/x", {"cmd": ("/opt/acme",)}, True),
        ("/opt/acme/bin/x", {"work_dir": "/opt/acme/data"}, True),
        ("/opt/acme/bin/x", {"environment": {"PATH": "/opt/acme:/bin"}}, True),
        ("/opt/acme/bin/x", {"environment": {"A": "/opt/acmex"}}, False),
        ("/opt/acme/bin/x", {"paths": (OwnedPath("/opt/acme/x", 1, 1, "0700"),)}, True),
        ("/opt/acme/bin/x", {"paths": (OwnedPath("/opt/other", 1, 1, "0700"),)}, False),
        # A file near the root, or in a folder for all programs, is spoken of by its whole path.
        ("/entrypoint.sh", {"entrypoint": ("/entrypoint.sh",)}, True),
        ("/entrypoint.sh", {"entrypoint": ("/other.sh",)}, False),
        ("/usr/local/bin/x", {"entrypoint": ("/usr/local/bin/y",)}, False),
    ],
)
def test_a_folder_that_the_image_speaks_of(path, facts, speaks):
    assert speaks_of(replace(BARE, **facts), path) is speaks


# --- a container that runs it


def running(definition=BARE, text="", *, before="acme/bare:1.4.2", after="dhi.io/bare:1.4.2", **facts):
    return Running(container(text), Reference.parse(before), Reference.parse(after), definition, **facts)


@pytest.mark.parametrize(
    ("text", "argv"),
    [
        ("", ("/usr/local/bin/bare", "serve")),
        ("args: [run]\n", ("/usr/local/bin/bare", "run")),
        ("command: [/x]\n", ("/x",)),
        ("command: [/x]\nargs: [a, b]\n", ("/x", "a", "b")),
    ],
)
def test_the_command_line_is_put_together_as_kubernetes_does(text, argv):
    assert running(text=text).argv == argv
    assert running(None, text).argv == (argv if "command" in text else argv[1:] if "args" in text else ())


@pytest.mark.parametrize(
    ("text", "definition", "uid"),
    [
        ("", BARE, 65532),
        ("securityContext: {runAsUser: 70}\n", BARE, 70),
        ("securityContext: {runAsUser: 70}\n", None, 70),
        ("", None, None),
        ("", replace(BARE, uid=None), None),
    ],
)
def test_who_runs_it(text, definition, uid):
    assert running(definition, text).uid == uid


@pytest.mark.parametrize(
    ("after", "assumed", "sure"),
    [
        ("dhi.io/bare:1.4.2", False, True),
        ("dhi.io/bare:1.4.9", True, True),
        ("dhi.io/bare:1.5.0", True, False),
        ("dhi.io/bare", True, False),
    ],
)
def test_facts_of_another_line_are_assumed(after, assumed, sure):
    one = running(after=after, assumed=assumed)

    assert one.sure is sure
    assert not running(None, after=after).sure
    assert ("the nearest listed line" in one.source) is assumed
    assert running(None).source == "the catalog does not list this image"


@pytest.mark.parametrize(
    ("line", "version", "tag", "sure"),
    [
        # Of two numbers the second one counts patches, unless the catalog has a line for each.
        ("17", "17.11", "17.10-debian13", True),
        ("17", "17.11", "18.1-debian13", False),
        ("3.22", "3.22", "3.21-alpine3.21", False),
        ("1.85", "1.85.3", "1.85.1-debian13", True),
        ("1", "1.85.3", "1.84.1-debian13", False),
        ("480", "480", "479-debian13", False),
        ("1.4", "1.4.2", "nonsense", False),
    ],
)
def test_what_is_a_patch_release_depends_on_the_line(line, version, tag, sure):
    facts = replace(BARE, line=line, version=version)

    assert running(facts, after=f"dhi.io/bare:{tag}", assumed=True).sure is sure


COMPAT = replace(SHELLED, flavor="compat", tags=("1.4.2-debian13-compat",))
DEV = replace(SHELLED, variant="dev", tags=("1.4.2-debian13-dev",), uid=0)


@pytest.mark.parametrize(
    ("variants", "assumed", "best"),
    [
        ((BARE, COMPAT, DEV), False, "1.4.2-debian13-compat"),
        ((BARE, DEV), False, "1.4.2-debian13-dev"),
        ((BARE,), False, None),
        ((), False, None),
        # Of another version, distro or kind, and of facts that are assumed, none.
        ((replace(COMPAT, version="1.4.3"),), False, None),
        ((replace(COMPAT, distro="alpine-3.23"),), False, None),
        ((replace(COMPAT, flavor="fips"),), False, None),
        ((BARE, COMPAT, DEV), True, None),
    ],
)
def test_a_variant_that_has_what_this_one_lacks(variants, assumed, best):
    one = running(variants=variants, assumed=assumed)

    found = one.variant(lambda other: bool(other.shells))

    assert (found.tag if found else None) == best


@pytest.mark.parametrize(
    ("variants", "advice", "ways"),
    [
        (
            (COMPAT,),
            "choose dhi.io/bare:1.4.2-debian13-compat with --to, which has it",
            [("--to", "acme/bare:1.4.2=dhi.io/bare:1.4.2-debian13-compat"), ("--keep", "acme/bare:1.4.2")],
        ),
        (
            (DEV,),
            "choose dhi.io/bare:1.4.2-debian13-dev with --to, which has it, and runs as root",
            [("--to", "acme/bare:1.4.2=dhi.io/bare:1.4.2-debian13-dev"), ("--keep", "acme/bare:1.4.2")],
        ),
        (
            (),
            "choose a variant that has it with --to (the tag of another flavor such as -compat, or -dev)",
            [("--keep", "acme/bare:1.4.2")],
        ),
    ],
)
def test_an_error_says_what_settles_it(variants, advice, ways):
    found = running(variants=variants).finding(
        "x", "error", "lacks it", "or not", lambda other: bool(other.shells)
    )

    assert (found.severity, found.help, list(found.ways)) == ("error", f"{advice}, or not", ways)
    assert found.message.endswith(" lacks it (catalog: bare:1.4.2-debian13)")


@pytest.mark.parametrize(
    ("code", "facts", "severity"),
    [
        ("x", {}, "error"),
        # It ran already, or the facts are of another line.
        ("x", {"before": "dhi.io/bare:1.4.0"}, "warning"),
        ("x", {"after": "dhi.io/bare:1.5.0", "assumed": True}, "warning"),
        ("probe-unreached", {"after": "dhi.io/bare:1.5.0", "assumed": True}, "error"),
        ("probe-unreached", {"before": "dhi.io/bare:1.4.0"}, "warning"),
    ],
)
def test_an_error_is_less_where_less_is_known(code, facts, severity):
    found = running(**facts).finding(code, "error", "lacks it")

    assert found.severity == severity
    assert bool(found.ways) is (severity == "error")


@pytest.mark.parametrize(
    ("tool", "severity"),
    [("sysctl", "error"), ("curl", "error"), ("jq", "error"), ("find", "warning"), ("ps", "warning")],
)
def test_a_tool_that_no_other_package_brings_along_is_missed_for_sure(tool, severity):
    (remark,) = [
        one for one in remarks(pod(f"command: [{tool}, x]"), definition=SHELLED) if one.code == "tool-missing"
    ]

    assert remark.severity == severity
    assert f"starts {tool} (command)" in remark.message
