"""Make the plan of one chart: trace, decide, and prove step by step. Writes nothing in the repository."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from migrate_dhi.dhi.catalog import Catalog
from migrate_dhi.dhi.current import current_catalog
from migrate_dhi.dhi.playbook import load_playbooks
from migrate_dhi.dhi.target import Decision, Fits
from migrate_dhi.errors import InvalidChartError, RenderError
from migrate_dhi.findings import Finding
from migrate_dhi.git import moment
from migrate_dhi.git.branches import branch_name
from migrate_dhi.helm.engine import DEFAULT_KUBE_VERSION
from migrate_dhi.helm.watch import settled
from migrate_dhi.kube.start import start_of
from migrate_dhi.migration import consent
from migrate_dhi.migration import findings as find
from migrate_dhi.migration.beginning import begin, of_last
from migrate_dhi.migration.branch import of_branch
from migrate_dhi.migration.choices import check_choices
from migrate_dhi.migration.cluster_version import of_cluster_version
from migrate_dhi.migration.deciding import decided, other_flavors, waits_for
from migrate_dhi.migration.elsewhere import of_what_stays
from migrate_dhi.migration.engines import check_engines
from migrate_dhi.migration.examples import of_examples
from migrate_dhi.migration.exchanges import Begun, Exchanged, begun, left_out
from migrate_dhi.migration.immutable import of_changes
from migrate_dhi.migration.judge import Hidden
from migrate_dhi.migration.known import checks_of, of_catalog, of_playbooks, playbook_folders
from migrate_dhi.migration.noise import Noise
from migrate_dhi.migration.opinion import second_opinions
from migrate_dhi.migration.options import Options
from migrate_dhi.migration.pins import of_pins
from migrate_dhi.migration.plan import ChartSummary, EngineSummary, Plan, StepOutcome, StepStatus
from migrate_dhi.migration.planned_images import of_what_moves, planned_images
from migrate_dhi.migration.possible_secrets import with_possible
from migrate_dhi.migration.proof import Proof, prove
from migrate_dhi.migration.pullsecret_names import pull_secrets_for
from migrate_dhi.migration.readiness import of_readiness
from migrate_dhi.migration.releases import is_idle, of_layers, of_releases, summaries_of
from migrate_dhi.migration.repository_answers import answered
from migrate_dhi.migration.source import Source
from migrate_dhi.migration.step_texts import (
    commit_text,
    effects,
    listed,
    moved_images,
    planned_edits,
    templates_of,
    unified_diff,
    with_needs,
)
from migrate_dhi.migration.stopped import About, stops_of, without_stopped
from migrate_dhi.migration.survey import Survey
from migrate_dhi.migration.swappable import Found
from migrate_dhi.migration.undoing import of_undoing
from migrate_dhi.migration.unresolved import of_unresolved
from migrate_dhi.migration.unseen import Unseen
from migrate_dhi.migration.worktree import of_source
from migrate_dhi.oci.reference import Reference
from migrate_dhi.steps import BOTS, STEPS
from migrate_dhi.steps.context import Context, Image
from migrate_dhi.steps.step import SecondThoughts, Step
from migrate_dhi.trace.slots import Slot


def plan_chart(source: Source, options: Options) -> Plan:
    """Plan the migration of one chart; raises what :class:`Survey` and :func:`plan` raise."""
    options = answered(source, options)
    with Survey(source, options) as survey:
        return plan(survey, options)


def plan(survey: Survey, options: Options) -> Plan:
    """Plan with these choices; raises for unknown images or steps named by flags."""
    check_choices(survey.source, options)
    with settled():
        ground = begun(survey, options, partial(_Planner, options=options))
        return without_stopped(partial(_fitting, ground), options)


def _fitting(ground: Begun, options: Options) -> Plan:
    """The plan, with other flavors where those run what these cannot."""
    planner = _Planner(ground, options)
    made = planner.plan()
    fits = other_flavors(planner.reached, planner.catalog, planner.decisions)
    return _Planner(ground, options, fits).plan() if fits else made


class _Planner:
    def __init__(self, ground: Begun, options: Options, fits: Fits | None = None) -> None:
        self.ground, self.survey = ground, ground.survey
        self.source = self.survey.source
        self.renderer = self.survey.renderer
        self.options = options
        self.findings: list[Finding] = []
        self.about = About()
        self.noise: Noise
        self.fits = fits
        folders = playbook_folders(self.source.repository, options.playbooks)
        self.catalog, self.playbooks = moment.remembered(
            (options.catalog, folders), lambda: (current_catalog(options.catalog), load_playbooks(folders))
        )
        self.reached: Context

    def plan(self) -> Plan:
        """Decide, and prove step by step."""
        chart = self.source.chart
        catalog = self.catalog
        context = self._context()
        begin(self.survey, context)
        self.noise = Noise(context, self.renderer)
        self.findings += [*self.options.notes, *of_examples(self.source)]
        self.findings += of_source(self.source, self.renderer)
        self.findings += [*of_catalog(catalog, self.options.today), *find.of_chart(context, self.renderer)]
        of_deployment = len(self.findings)
        rewrites = find.of_rewrites(self.source, context, self.options.wishes.target)
        self.findings += [*find.of_images(context), *of_cluster_version(context, self.renderer), *rewrites]
        self.findings += self.ground.findings
        own, context = self._proven(context)
        outcomes = [*self.ground.outcomes, *own]
        self.reached = context
        self.findings = of_what_moves(self.findings, context)
        self.findings[of_deployment:of_deployment] = of_releases(self.source.target, idle=is_idle(outcomes))
        if self.options.live:
            self.findings += self.options.live.late(image.decision for image in context.moving)
        self.findings += of_readiness(context, catalog, self.findings)
        self.findings += of_undoing(self.source, context, outcomes)
        if self.options.choices.bots and not left_out(BOTS, self.options.choices):
            from migrate_dhi.migration.handover.step import hand_over  # noqa: PLC0415 - seldom asked for

            handed = hand_over(self.source, context, own, self.findings, self.renderer)
            outcomes, self.findings = [*outcomes, handed.outcome], list(handed.findings)
        self.findings += of_what_stays(self.source, context)
        self.findings += check_engines(context, self.renderer, self.survey.others)
        self.findings += second_opinions(context, catalog)
        self.findings += of_playbooks(context)
        edited = frozenset(file for outcome in outcomes for file in outcome.files)
        of_target = summaries_of(self.source.target, self.renderer.members)
        self.findings += of_layers(
            self.source.target, outcomes, self.source.chart.texts, self.survey.witnesses
        )
        self.findings += find.of_places(outcomes, self.source.chart.texts)
        self.findings += [*self.survey.witnesses.findings(edited), *of_unresolved(self.source, edited)]
        branch = self.options.branch or branch_name(self.source.title)
        if any(outcome.edits for outcome in outcomes):
            self.findings += of_branch(self.source.repository, branch, run_hooks=self.options.run_hooks)
        return Plan(
            engine=EngineSummary(
                self.renderer.engine.name,
                self.renderer.engine.version,
                self.options.kube_version or DEFAULT_KUBE_VERSION,
            ),
            catalog_source=catalog.source,
            catalog_date=catalog.date,
            chart=ChartSummary(
                chart.path if chart.editable else "",
                chart.name,
                self.ground.chart.version,
                self.ground.chart.app_version,
                tuple(dependency.to_json() for dependency in self.ground.chart.dependencies),
                tuple(file for file in reversed(self.source.target.files) if file in chart.texts),
            ),
            images=planned_images(context, self.ground.moved),
            steps=consent.with_consent(with_needs(outcomes), self.findings, self.options.choices.accept),
            findings=tuple(dict.fromkeys(self.findings)),
            branch=branch,
            base=self.source.base,
            release=self.renderer.options.release,
            namespace=self.renderer.options.namespace,
            title=self.source.title,
            releases=(*of_target, *self.survey.witnesses.summaries(edited)),
            accepted=self.options.choices.accept,
            renders=self.ground.renders + self.renderer.count + self.survey.unseen.count,
            unseen_renders=self.survey.unseen.count,
            checks=checks_of(context),
            start=start_of(self.survey.baseline, self.renderer.namespaces),
            originals={file: text for file, text in self.ground.chart.texts.items() if file in edited},
            stops=stops_of(self.findings, context, self.about),
        )

    def _proven(self, start: Context) -> tuple[list[StepOutcome], Context]:
        """All steps; once more with every trial held in the other views where those show a surprise of theirs."""
        told, unseen = len(self.findings), self.survey.unseen
        outcomes, end = self._run(start)
        hidden = self._hidden(start, end, outcomes)
        if any(finding.code == "unannounced-change" for finding in hidden):
            del self.findings[told:]
            outcomes, end = self._run(start, unseen)
            hidden = self._hidden(start, end, outcomes)
        self.findings += find.of_dormant(self.survey.dormant, unseen.shows, assumed=self.options.dormant)
        self.findings += [*hidden, *(unseen.blind if end.edited else ())]
        return outcomes, end

    def exchange(self, step: Step, found: Found) -> Exchanged:
        """Exchange dependencies by a step; what is told of the chart as it is holds no more after it."""
        texts = {**self.ground.chart.texts, **self.source.chart.texts}
        context = replace(self._context(), swaps=found.swaps, texts=texts)
        self.noise, self.findings = Noise(context, self.renderer), list(found.findings)
        [outcome], after = self._run(context, self.survey.unseen, (step,))
        if outcome.status == "not-needed" and not found.swaps:
            outcome = replace(outcome, status=found.status, reason=found.reason)
        return Exchanged(outcome, tuple(self.findings), after.texts)

    def _run(
        self, context: Context, unseen: Unseen | None = None, steps: Sequence[Step] = ()
    ) -> tuple[list[StepOutcome], Context]:
        outcomes = []
        for step in steps or STEPS:
            told = len(self.findings)
            self.findings += of_pins(step.name, context, self.renderer)
            outcome, context = self._step(step, context, unseen)
            self.findings += consent.of_blocked(outcome, self.findings[told:], context.choices.only)
            outcomes.append(replace(outcome, findings=tuple(dict.fromkeys(self.findings[told:]))))
        outcomes = consent.with_lacking(outcomes, context.choices.only)
        told_before = set(self.findings)
        self.findings += [f for outcome in outcomes for f in outcome.findings if f not in told_before]
        return outcomes, context

    def _hidden(self, start: Context, end: Context, outcomes: Sequence[StepOutcome]) -> list[Finding]:
        """What the edits of all steps change where the plain render does not look."""
        found: list[Finding] = []
        edits = [edit for outcome in outcomes for edit in outcome.chosen]
        views = self.survey.unseen.views if end.edited else ()
        if not views:
            return found
        hidden = Hidden(start, end, edits, STEPS)
        for view in hidden.ready(views):
            try:
                changes, derived = hidden.changes(view, self.noise)
            except (RenderError, InvalidChartError) as error:
                found.append(find.unrendered(view.label, error))
            else:
                told = find.of_surprises(changes, derived, where=view.label, switched=view.switched)
                found += self.about.follow(told, (*changes, *derived), end.moving)
        return list(
            {(one.code, one.object, one.message.partition(": ")[2]): one for one in found[::-1]}.values()
        )

    def decisions(
        self, by_image: Mapping[Reference, Sequence[Slot]], fits: Fits | None
    ) -> dict[Reference, Decision]:
        """What becomes of each image, where ``fits`` says what keeps it from running."""
        wishes, today, live = self.options.wishes, self.options.today, self.options.live

        def by(catalog: Catalog) -> dict[Reference, Decision]:
            return decided(by_image, wishes, catalog, self.playbooks, today, fits)

        return live.settled(self.catalog, by) if live else by(self.catalog)

    def _context(self) -> Context:
        baseline = self.survey.baseline
        slots = [slot for found in self.survey.traces.values() for slot in found.slots]
        by_image: dict[Reference, list[Slot]] = {}
        for slot in slots:
            reference = Reference.try_parse(slot.text)
            if reference is None:
                self.findings.append(find.unreadable(slot))
            else:
                by_image.setdefault(reference, []).append(slot)
        decisions = self.decisions(by_image, self.fits)
        images = [Image(ref, decisions[ref], tuple(slots)) for ref, slots in by_image.items()]
        choices = self.options.choices
        if not choices.pull_secret:
            names = pull_secrets_for(self.source, images)
            self.findings += [find.several_secrets(names)] if len(names) > 1 else []
            choices = replace(choices, pull_secret=names[0] if len(names) == 1 else "")
        return Context(
            target=self.source.target,
            namespace=self.renderer.options.namespace,
            baseline=baseline,
            traces=self.survey.traces,
            images=images,
            choices=choices,
            playbooks=self.playbooks,
            texts=dict(self.source.chart.texts),
            manifests=baseline,
            edited=any(outcome.edits for outcome in self.ground.outcomes),
        )

    def _step(self, step: Step, context: Context, unseen: Unseen | None) -> tuple[StepOutcome, Context]:
        became = partial(StepOutcome, step.name, step.title)
        if left_out(step.name, context.choices):
            unmoved = frozenset(image.before for image in context.images if image.moves)
            moved_not = replace(context, unmoved={**context.unmoved, step.name: unmoved})
            return became("skipped", "left out on purpose"), moved_not
        missing = frozenset(i for name in step.requires for i in context.unmoved.get(name, ()))
        moved = [i.moved_in(context.manifests) if i.before in missing else i for i in context.images]
        visible = replace(context, images=[image for image in moved if image.slots])
        goals = step.goals(visible)
        self.findings += with_possible(goals.notices, self.source)
        if goals.blocked:
            return became("blocked", goals.blocked), context
        if goals.skipped:
            return became("skipped", goals.skipped), context
        if not goals.goals:
            held = {image.before for image in visible.images}
            left = sorted(str(i.before) for i in context.moving if i.serves and i.before not in held)
            if left:
                names = " and ".join(step.requires)
                reason = f"needs the step {names}, which did not move {', '.join(left)}"
                return became("blocked", reason, lacks=step.requires), context
            waits = "" if goals.settled else waits_for(context)
            reason = (
                f"{waits}; of the others: {goals.idle}" if waits and context.moving else waits or goals.idle
            )
            return became("waiting" if waits else "not-needed", reason), context
        ahead = () if unseen else of_last(step, self.survey)
        proof = prove(step, goals, visible, self.noise, self.survey.witnesses, unseen, ahead)
        if isinstance(step, SecondThoughts) and proof.done < proof.of:
            failed = frozenset(i for goal, reach in proof.reaches if not reach.whole for i in goal.images)
            images = step.other_images(context, failed)
            if images:
                again = replace(context, images=images)
                better = self._step_again(step, again, proof, unseen)
                if better:
                    return better
        return self._judged(step, visible, proof, context)

    def _step_again(
        self, step: Step, context: Context, first: Proof, unseen: Unseen | None
    ) -> tuple[StepOutcome, Context] | None:
        """The step with other images in mind; None where that reaches no more than before."""
        goals = step.goals(context)
        proof = prove(step, goals, context, self.noise, self.survey.witnesses, unseen)
        if proof.done <= first.done:
            return None
        proof = replace(proof, tried=(*first.tried, *proof.tried))
        return self._judged(step, context, proof, context)

    def _judged(
        self, step: Step, visible: Context, proof: Proof, context: Context
    ) -> tuple[StepOutcome, Context]:
        unmoved = frozenset(image for goal, reach in proof.reaches if not reach.done for image in goal.images)
        after = replace(context, unmoved={**context.unmoved, step.name: unmoved})
        done, of, accept = proof.done, proof.of, self.options.choices.accept
        if not proof.edits:
            if proof.done == proof.of:
                return StepOutcome(
                    step.name, step.title, "done", "already so", done, of, tried=proof.tried
                ), after
            if not proof.done:
                missing = [name for _, reach in proof.reaches for name in reach.missing]
                what = "no proposal holds for" if proof.tried else "no value was found that sets it in"
                reason = f"{what} {listed(missing, self.survey.traces)}{templates_of(visible, missing)}"
                notices = [step.unreached(visible, name) for name in missing]
                # What no error is lost by (a pod of `helm test`, a probe that runs as it is) stops no migration.
                harmless = bool(notices) and all(notice.severity != "error" for notice in notices)
                harmless = harmless and step.name not in context.choices.pinned
                errors = consent.of_nothing(step.name, reason, proof.tried, notices, accept)
                self.findings += notices if harmless else errors
                self.about |= dict.fromkeys(errors, unmoved)
                reason = consent.first_of(notices) if harmless else reason
                status: StepStatus = "not-needed" if harmless else "blocked"
                return StepOutcome(step.name, step.title, status, reason, done, of, tried=proof.tried), after
        for goal, reach in proof.reaches:
            notices = [step.unreached(visible, name) for name in reach.missing]
            self.findings += consent.of_rest(step.name, goal, proof.tried, notices, accept)
        self.findings += of_changes(proof.changes)
        self.findings += find.of_demands(visible, proof.edits)
        besides = find.of_surprises(proof.surprises, proof.derived)
        self.findings += self.about.follow(besides, (*proof.surprises, *proof.derived), visible.moving)
        planned = planned_edits(proof.edits, context.texts, proof.result.texts)
        files = {file: text for file, text in proof.result.texts.items() if context.texts.get(file) != text}
        diff = "".join(
            unified_diff(file, context.texts.get(file), text) for file, text in sorted(files.items())
        )
        # The commit tells of the images that this step moved, and of no other.
        left = unmoved - {image for goal, reach in proof.reaches if reach.done for image in goal.images}
        own = [image for image in visible.images if image.before not in left]
        told = replace(visible, images=own, texts=proof.result.texts)
        moved = moved_images(told, proof.changes, proof.result.manifests)
        outcome = StepOutcome(
            step.name,
            step.title,
            "proven" if planned else "done",
            proof.summary if planned else f"{done} of {of} already so, and no proposal holds for the rest",
            done,
            of,
            edits=planned,
            diff=diff,
            effects=effects(proof.changes),
            tried=proof.tried,
            commit=commit_text(step, told, planned, moved, self.renderer.engine.label) if planned else None,
            files=files,
            deployable=step.deployable,
            chosen=proof.edits,
            alternatives=proof.alternatives,
        )
        return outcome, replace(
            after,
            texts=proof.result.texts,
            manifests=proof.result.manifests,
            edited=context.edited or bool(planned),
        )
