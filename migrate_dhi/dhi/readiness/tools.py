"""Which packages bring which command-line tools, as far as scripts of charts use them.

The names are those of Debian and Alpine, of which hardened images are made. A tool that is not listed here
is unknown, and nothing is said of it.
"""

from collections.abc import Mapping

from migrate_dhi.dhi.catalog import Definition
from migrate_dhi.kube.manifests import Container
from migrate_dhi.kube.mounts import mounts, within
from migrate_dhi.kube.shell import SHELLS
from migrate_dhi.regex import regex

# Images keep programs in one of these and link them from the others.
_SYSTEM = ("/bin/", "/usr/bin/", "/sbin/", "/usr/sbin/", "/usr/local/bin/", "/usr/local/sbin/")
_PART = regex(r"[^a-z0-9]+")

# GNU coreutils, by name (coreutils manual, 9.7); the shells' own builtins are left out.
_COREUTILS = frozenset(
    [
        "base64",
        "basename",
        "cat",
        "chgrp",
        "chmod",
        "chown",
        "chroot",
        "cksum",
        "comm",
        "cp",
        "csplit",
        "cut",
        "date",
        "dd",
        "df",
        "dirname",
        "du",
        "expand",
        "expr",
        "factor",
        "fmt",
        "fold",
        "head",
        "id",
        "install",
        "join",
        "link",
        "ln",
        "ls",
        "md5sum",
        "mkdir",
        "mkfifo",
        "mknod",
        "mktemp",
        "mv",
        "nl",
        "nproc",
        "od",
        "paste",
        "realpath",
        "rm",
        "rmdir",
        "seq",
        "sha1sum",
        "sha256sum",
        "sha512sum",
        "shred",
        "shuf",
        "sleep",
        "sort",
        "split",
        "stat",
        "stdbuf",
        "sum",
        "sync",
        "tac",
        "tail",
        "tee",
        "timeout",
        "touch",
        "tr",
        "truncate",
        "tsort",
        "tty",
        "uname",
        "unexpand",
        "uniq",
        "unlink",
        "wc",
        "whoami",
        "yes",
    ]
)

# Builtins of every shell, which need a program only where no shell runs them.
_BUILTINS = frozenset({"echo", "test", "[", "true", "false", "printf", "pwd", "kill"})

# Applets of busybox as Alpine and Debian build it, besides those of coreutils.
_BUSYBOX = frozenset(
    [
        "arping",
        "awk",
        "bc",
        "bunzip2",
        "bzip2",
        "cmp",
        "crontab",
        "diff",
        "dmesg",
        "ed",
        "egrep",
        "fgrep",
        "find",
        "flock",
        "free",
        "fuser",
        "getopt",
        "grep",
        "gunzip",
        "gzip",
        "hostname",
        "ifconfig",
        "ip",
        "ipcalc",
        "kill",
        "killall",
        "less",
        "logger",
        "lsof",
        "more",
        "mount",
        "mountpoint",
        "nc",
        "netstat",
        "nohup",
        "nslookup",
        "pgrep",
        "pidof",
        "ping",
        "pkill",
        "ps",
        "rev",
        "route",
        "sed",
        "setsid",
        "strings",
        "su",
        "sysctl",
        "tar",
        "telnet",
        "top",
        "traceroute",
        "umount",
        "unzip",
        "uptime",
        "vi",
        "watch",
        "wget",
        "which",
        "xargs",
        "xxd",
        "zcat",
    ]
)

# Package managers of languages: images for development alone have them, whatever packages are listed of these
# (catalog, image/node/guides.md and image/python/guides.md: "Package management").
_MANAGERS = {"npm": "npm", "npx": "npm", "yarn": "yarn", "pnpm": "pnpm", "corepack": "corepack"}
_MANAGERS |= {"pip": "pip", "pip3": "pip"}

_PACKAGES: Mapping[str, tuple[str, ...]] = {
    "apk": ("apk-tools",),
    "apt-get": ("apt",),
    "awk": ("gawk", "mawk", "original-awk"),
    "bc": ("bc",),
    "busybox": ("busybox", "busybox-static"),
    "bzip2": ("bzip2",),
    "catatonit": ("catatonit",),
    "cmp": ("diffutils",),
    "curl": ("curl",),
    "diff": ("diffutils",),
    "dig": ("bind9-dnsutils", "dnsutils", "bind-tools"),
    "dumb-init": ("dumb-init",),
    "egrep": ("grep",),
    "envsubst": ("gettext", "gettext-base", "gettext-envsubst"),
    "fgrep": ("grep",),
    "find": ("findutils",),
    "flock": ("util-linux", "flock"),
    "free": ("procps", "procps-ng"),
    "gawk": ("gawk",),
    "getent": ("libc-bin", "musl-utils"),
    "getopt": ("util-linux", "util-linux-misc"),
    "git": ("git",),
    "gosu": ("gosu",),
    "grep": ("grep",),
    "gunzip": ("gzip",),
    "gzip": ("gzip",),
    "hostname": ("hostname",),
    "ionice": ("util-linux",),
    "ip": ("iproute2",),
    "jq": ("jq",),
    "kubectl": ("kubectl",),
    "less": ("less",),
    "mount": ("mount", "util-linux"),
    "mountpoint": ("util-linux",),
    "nc": ("netcat-openbsd", "netcat-traditional", "nmap-ncat", "ncat"),
    "ncat": ("nmap-ncat", "ncat"),
    "netcat": ("netcat-openbsd", "netcat-traditional"),
    "netstat": ("net-tools",),
    "nslookup": ("bind9-dnsutils", "dnsutils", "bind-tools"),
    "openssl": ("openssl",),
    "perl": ("perl", "perl-base"),
    "pgrep": ("procps", "procps-ng"),
    "pidof": ("procps", "procps-ng", "sysvinit-utils"),
    "ping": ("iputils-ping", "iputils"),
    "pkill": ("procps", "procps-ng"),
    "ps": ("procps", "procps-ng"),
    "rsync": ("rsync",),
    "sed": ("sed",),
    "s6-setuidgid": ("s6",),
    "setpriv": ("util-linux", "setpriv"),
    "setsid": ("util-linux",),
    "socat": ("socat",),
    "ssh": ("openssh-client", "openssh-client-default"),
    "su-exec": ("su-exec",),
    "sysctl": ("procps", "procps-ng"),
    "tar": ("tar",),
    "telnet": ("telnet", "inetutils-telnet", "busybox-extras"),
    "tini": ("tini", "tini-static"),
    "unzip": ("unzip",),
    "wget": ("wget",),
    "which": ("debianutils", "gnu-which", "which"),
    "xargs": ("findutils",),
    "xxd": ("xxd",),
    "yq": ("yq", "yq-go"),
    "zcat": ("gzip",),
}


def missing(definition: Definition, tool: str, *, shell: bool = True) -> bool:
    """True where the catalog lists no package of the image that brings a tool; False where that is unknown.

    With ``shell`` a shell runs the tool, and has its builtins.
    """
    packages = set(definition.packages)
    if not packages or (shell and tool in _BUILTINS):
        return False
    if tool in _MANAGERS:
        # `py3.13-pip`, `yarn-classic`, `node-corepack`
        listed = any(_MANAGERS[tool] in package.split("-") for package in packages)
        return definition.variant != "dev" and not listed and tool not in _own(definition)
    known = tool in _PACKAGES or tool in _COREUTILS or tool in _BUSYBOX or tool in _BUILTINS
    if not known or tool in _own(definition):
        return False
    if "busybox" in packages and (tool in _BUSYBOX or tool in _COREUTILS or tool in _BUILTINS):
        return False
    if packages & {"coreutils", "coreutils-single", "uutils-coreutils"} and tool in _COREUTILS | _BUILTINS:
        return False
    return not any(name in packages for name in (tool, *_PACKAGES.get(tool, ()), f"coreutils-{tool}"))


def unshown(definition: Definition, container: Container, program: str, upstream: str) -> bool:
    """True where nothing shows that the image has a program: no volume, and nothing that the catalog tells of it.

    Programs of a product begin with its name or with that of its settings (``PG_MAJOR``, ``pg_isready``).

    Args:
        definition: the facts of the image.
        container: whose volumes may bring the program.
        program: the first word of a command line, behind what only starts it.
        upstream: the name of the image that ran before, whose commands the image may have kept.
    """
    name = program.rpartition("/")[2]
    known = name in _PACKAGES or name in _COREUTILS or name in _BUSYBOX or name in _BUILTINS or name in SHELLS
    if known or program.startswith("/proc/") or any(mount.covers(program) for mount in mounts(container)):
        return False
    line = (*definition.entrypoint, *definition.cmd, *definition.files)
    folders = (definition.work_dir, *(path.path for path in definition.paths))
    if program in line or name in {word.rpartition("/")[2] for word in line}:
        return False
    if program.startswith("/") and any(
        folder.count("/") > 1 and within(program, folder) for folder in folders
    ):
        return False
    if "/" in program and not program.startswith(_SYSTEM):
        return not (program.startswith("/") and speaks_of(definition, program))
    products = {definition.image, upstream, *definition.packages, *_own(definition)}
    parts = {
        part for text in (*products, *definition.environment) for part in _PART.split(text.lower()) if part
    }
    first = _PART.split(name.lower())[0]
    return first not in parts and not any(len(part) > 3 and first.startswith(part[:5]) for part in parts)


def has(definition: Definition, container: Container, program: str, upstream: str) -> bool:
    """True where packages or the command line of the image show a program; what nobody tells is not there.

    The arguments are those of :func:`unshown`.
    """
    name = program.rpartition("/")[2]
    told = bool(definition.packages) or name in _own(definition)
    return (
        told
        and not unshown(definition, container, program, upstream)
        and not missing(definition, name, shell=False)
    )


def speaks_of(definition: Definition, path: str) -> bool:
    """True where the image has the file, or creates, starts or names something in its folder below ``/opt``."""
    if path in definition.files:
        return True
    texts = [
        *definition.entrypoint,
        *definition.cmd,
        definition.work_dir,
        *definition.environment.values(),
        *(owned.path for owned in definition.paths),
    ]
    parts = path.split("/")
    top = "/".join(parts[:3]) if len(parts) > 3 and not path.startswith(_SYSTEM) else path
    return any(top == text or f"{top}/" in f"{text}/" or f"{top}:" in text for text in texts)


def only_busybox(definition: Definition, tool: str) -> bool:
    """True where a tool is there as an applet of busybox and not as a program of its own."""
    packages = set(definition.packages)
    return "busybox" in packages and not packages & set(_PACKAGES.get(tool, ()))


def _own(definition: Definition) -> set[str]:
    """What the image is made for: its name, and the programs of its command line."""
    line = (*definition.entrypoint, *definition.cmd)
    return {definition.image, *definition.image.split("-"), *(word.rpartition("/")[2] for word in line)}
