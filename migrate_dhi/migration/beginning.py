"""Begin the renders that a plan will ask for in any case, so that they are made while it goes on."""

from collections.abc import Sequence

from migrate_dhi.helm.renderer import Renderer
from migrate_dhi.migration.exchanges import left_out
from migrate_dhi.migration.survey import Survey
from migrate_dhi.steps import STEPS
from migrate_dhi.steps.context import Context
from migrate_dhi.steps.step import Step, Tracing


def begin(survey: Survey, context: Context) -> None:
    """Have rendered what the views and the steps look at first, where a render takes long and an image moves."""
    if not survey.heavy or not context.moving:
        return
    for step in STEPS:
        if isinstance(step, Tracing) and not left_out(step.name, context.choices):
            step.begin(context)
    # They are looked at after all steps.
    survey.unseen.begin()


def of_last(step: Step, survey: Survey) -> Sequence[Renderer]:
    """What will look at the result of the last step, where a render takes long; nothing before that step."""
    return [view.renderer for view in survey.unseen.views] if step is STEPS[-1] and survey.heavy else ()
