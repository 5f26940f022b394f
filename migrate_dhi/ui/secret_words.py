"""How a pull secret is made, as a command: it is sealed before anything of it comes into Git."""

from shlex import quote

from migrate_dhi.migration.plan import Plan
from migrate_dhi.ui.lines import word_of

# By what name the clients log in where it is another than that of the images.
_SERVERS = {"docker.io": "https://index.docker.io/v1/"}


def making(plan: Plan, namespace: str, name: str) -> list[str]:
    """The command that writes the secret to its output and asks no cluster, in parts for the shell.

    The login and its token are variables of that shell.
    """
    hardened = [one.after or one.before for one in plan.images if one.status in {"migrate", "already-dhi"}]
    host = next((image.partition("/")[0] for image in hardened), "REGISTRY")
    return [
        f"kubectl --namespace {word_of(namespace)}",
        f"create secret docker-registry {word_of(name)}",
        f"--docker-server={quote(_SERVERS.get(host, host))}",
        '--docker-username="$DHI_USER"',
        '--docker-password="$DHI_TOKEN"',
        "--dry-run=client -o yaml",
    ]
