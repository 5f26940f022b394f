"""Outcomes of steps in a form that tests can compare at a glance."""

VALKEY = "dhi.io/valkey:8.1.9-debian13"
TO = (VALKEY,)


def lines(step):
    """The lines that a step's diff takes away and puts in, without the context."""
    return [
        line
        for line in step.diff.splitlines()
        if line[:1] in {"-", "+"} and not line.startswith(("--- ", "+++ "))
    ]


def values_of(step):
    """Values path → the value after, for every edit of a step."""
    return {edit.path: edit.after for edit in step.edits}


def effects_of(step):
    """(object, path) → (before, after), for every change of the manifests."""
    return {(effect.object, effect.path): (effect.before, effect.after) for effect in step.effects}


def images_of(step):
    """The images before and after, as the manifests show them."""
    return {
        effect.object: (effect.before, effect.after)
        for effect in step.effects
        if effect.path.endswith(".image")
    }
