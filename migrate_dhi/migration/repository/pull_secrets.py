"""Where the pull secrets are made that pods will want, and which namespaces they do not reach."""

from collections.abc import Iterator

from migrate_dhi.findings import Finding
from migrate_dhi.kube.secrets_made import MadeSecret, secrets_made
from migrate_dhi.migration.repository.seen import Seen, names_told, namespaces_told
from migrate_dhi.record import record
from migrate_dhi.wording import some_of


@record
class SecretPlace:
    """A pull secret that is made: by what, for people, and the file and line that tell it."""

    made: MadeSecret
    who: str
    file: str
    line: int


def of_secrets(seen: Seen) -> Iterator[Finding]:
    """Whether each pull secret is made, by what, and for whom not; and how many releases have none."""
    unnamed = [entry.id for entry in seen.entries if "pull-secret-none" in entry.findings]
    if unnamed:
        several = len(unnamed) > 1
        yield Finding(
            "pull-secret-none",
            "warning",
            f"{'no pull secret is' if not several else 'no pull secrets are'} named for {names_told(unnamed)}: "
            f"{'their' if several else 'its'} pods can pull only if the cluster has credentials of its own",
            help="name it with --pull-secret NAME, or `pull-secret` in .migrate-dhi.yaml",
        )
    for name, namespaces in seen.wanted.items():
        places = list(places_of(seen, name))
        if not places:
            yield Finding(
                "pull-secret-nowhere",
                "info",
                f"nothing in this repository makes the pull secret {name}, which {namespaces_told(namespaces)} "
                "will need",
                help="make it there before the merge, sealed or from your secret store: never as plain text in Git",
            )
            continue
        lacking = [one for one in namespaces if not any(place.made.reaches(one) for place in places)]
        sure = [place.made for place in places if not place.made.by_labels]
        unsure = [one for one in namespaces if not any(made.reaches(one) for made in sure)]
        first = places[0]
        made = some_of((one.who for one in places), 1)
        if lacking:
            yield Finding(
                "pull-secret-lacking",
                "warning",
                f"the pull secret {name} ({made}) does not reach {namespaces_told(lacking)}, where pods "
                "will want it",
                file=first.file,
                line=first.line,
                help="make it there too, or have it copied, before the merge: without it the pods cannot pull",
            )
        elif unsure:
            yield Finding(
                "pull-secret-made",
                "info",
                f"the pull secret {name} is made by {made}, for namespaces by their labels, which are not known "
                "here",
                file=first.file,
                line=first.line,
                help=f"see that {namespaces_told(unsure)} have them",
            )
        else:
            yield Finding(
                "pull-secret-made",
                "info",
                f"the pull secret {name} is made by {made}, and reaches all of {namespaces_told(namespaces)}",
                file=first.file,
                line=first.line,
            )


def places_of(seen: Seen, name: str) -> Iterator[SecretPlace]:
    """What makes a Secret of a name: objects of the repository, and those that its releases render."""
    for one in seen.objects:
        for made in secrets_made(one.data, one.namespace):
            if made.name == name:
                yield SecretPlace(made, f"{made.kind} in {one.file}:{one.line}", one.file, one.line)
    for entry in seen.planned:
        for made in entry.start.makes:
            if made.name == name:
                yield SecretPlace(made, f"{made.kind} that {entry.id} renders", entry.file, entry.line)
