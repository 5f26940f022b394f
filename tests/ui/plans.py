"""Plans built by hand: what the valkey wrapper gives, and the rarer outcomes."""

from dataclasses import replace

from migrate_dhi.migration.plan import (
    ChartSummary,
    CommitText,
    Effect,
    EngineSummary,
    Finding,
    Plan,
    PlannedEdit,
    ReleaseSummary,
    StepOutcome,
    Tried,
)
from migrate_dhi.migration.plan_image import ImageFacts, ImageValue, PlannedImage, Use

BEFORE = "docker.io/valkey/valkey:9.0.1-alpine3.23"
AFTER = "dhi.io/valkey:9.0.2-debian13"
VALUES = "apps/cluster/valkey/values.yaml"
CHART = "apps/cluster/valkey/Chart.yaml"
EXPORTER = "docker.io/oliver006/redis_exporter:v1.79.0"

VALUES_BEFORE = """\
# The store of the shop.
replicas: 1
valkey:
  image:
    # registry: dhi.io
    registry: docker.io
    repository: valkey/valkey
    tag: 9.0.1-alpine3.23
"""
VALUES_AFTER = VALUES_BEFORE.replace("docker.io", "dhi.io").replace("valkey/valkey", "valkey")
CHART_BEFORE = 'apiVersion: v2\nname: valkey\nversion: 0.2.1\nappVersion: "9.0.1"\n'
CHART_AFTER = CHART_BEFORE.replace("0.2.1", "0.2.2").replace("9.0.1", "9.0.2")

REGISTRY_DIFF = f"""\
diff --git a/{VALUES} b/{VALUES}
index 1111111..2222222 100644
--- a/{VALUES}
+++ b/{VALUES}
@@ -3,8 +3,8 @@
 valkey:
   image:
     # registry: dhi.io
-    registry: docker.io
-    repository: valkey/valkey
+    registry: dhi.io
+    repository: valkey
     tag: 9.0.1-alpine3.23
"""

VERSIONS_DIFF = f"""\
--- a/{CHART}
+++ b/{CHART}
@@ -2,3 +2,3 @@
 name: valkey
-version: 0.2.1
-appVersion: "9.0.1"
+version: 0.2.2
+appVersion: "9.0.2"
"""


def commit(step: str, subject: str) -> CommitText:
    trailers = {
        "DHI-Step": (step,),
        "DHI-Chart": ("apps/cluster/valkey",),
        "DHI-Image": (f"{BEFORE} -> {AFTER}",),
    }
    return CommitText(subject, "Why and how.", trailers)


def image() -> PlannedImage:
    return PlannedImage(
        before=BEFORE,
        after=AFTER,
        status="migrate",
        reason="asked for with --to; the catalog does not list this tag",
        used_by=(
            Use("StatefulSet", "valkey", "valkey", "container"),
            Use("StatefulSet", "valkey", "copy-config", "init"),
        ),
        values=(
            ImageValue(VALUES, "registry", "valkey.image.registry"),
            ImageValue(VALUES, "repository", "valkey.image.repository"),
            ImageValue(VALUES, "tag", "valkey.image.tag"),
        ),
        candidates=(AFTER, "dhi.io/valkey:9.0.3-debian13"),
        confidence="certain",
        facts=ImageFacts("9.0", "valkey", 1001, ("bash",), "2027-10-21", assumed=True),
    )


def registry_step() -> StepOutcome:
    field = "spec.template.spec.containers[0].image"
    return StepOutcome(
        name="registry",
        title="Pull the images from the hardened registry",
        status="proven",
        reason="every container of the image is pulled from dhi.io/valkey",
        done=2,
        of=2,
        edits=(
            PlannedEdit(VALUES, 6, "valkey.image.registry", "docker.io", "dhi.io"),
            PlannedEdit(VALUES, 7, "valkey.image.repository", "valkey/valkey", "valkey"),
        ),
        diff=REGISTRY_DIFF,
        effects=(Effect("StatefulSet/valkey", field, BEFORE, "dhi.io/valkey:9.0.1-alpine3.23"),),
        commit=commit("registry", "feat(valkey): pull valkey from dhi.io"),
        files={VALUES: VALUES_AFTER},
        deployable=False,
    )


def versions_step() -> StepOutcome:
    label = 'metadata.labels["app.kubernetes.io/version"]'
    objects = ("StatefulSet/valkey", "Service/valkey", "ConfigMap/valkey")
    return StepOutcome(
        name="versions",
        title="Raise appVersion and the chart version",
        status="proven",
        reason="only labels and checksums change",
        done=1,
        of=1,
        edits=(
            PlannedEdit(CHART, 3, "version", "0.2.1", "0.2.2"),
            PlannedEdit(CHART, 4, "appVersion", "9.0.1", "9.0.2"),
        ),
        diff=VERSIONS_DIFF,
        effects=(
            *(Effect(name, label, "9.0.1", "9.0.2") for name in objects),
            Effect(
                "StatefulSet/valkey", 'spec.template.metadata.annotations["checksum/config"]', "aa11", "bb22"
            ),
        ),
        commit=commit("versions", "chore(valkey): raise appVersion to 9.0.2 and version to 0.2.2"),
        files={CHART: CHART_AFTER},
    )


def probes_step() -> StepOutcome:
    return StepOutcome(
        name="probes",
        title="Probes without a shell",
        status="not-needed",
        reason="templates/statefulset.yaml fixes them, and the hardened image has the shell that they run",
    )


def blocked_step() -> StepOutcome:
    return StepOutcome(
        name="pull-secret",
        title="Name the pull secret",
        status="blocked",
        reason="no value reaches the pods",
        done=0,
        of=2,
        tried=(
            Tried(
                "valkey.imagePullSecrets as strings",
                "StatefulSet/valkey renders name: map[name:kubernetes-dhi]",
            ),
            Tried("global.imagePullSecrets as maps", "nothing changed in the manifests"),
        ),
    )


def finding(
    severity="warning",
    code="tag-unlisted",
    message="the catalog does not list the tag 9.0.2-debian13",
    **parts,
) -> Finding:
    return Finding(code, severity, message, help="check that it can be pulled", **parts)


def ready() -> Plan:
    """The valkey wrapper with a tag that the catalog does not list."""
    return Plan(
        engine=EngineSummary("helm-python", "4.2.3", "v1.36.0"),
        catalog_source="bundled",
        catalog_date="2026-08-22",
        chart=ChartSummary(
            path="apps/cluster/valkey",
            name="valkey",
            version="0.2.1",
            app_version="9.0.1",
            dependencies=(
                {"name": "valkey", "alias": "", "version": "0.9.3", "repository": "https://charts.example"},
            ),
            values_files=(VALUES,),
        ),
        images=(image(),),
        steps=(registry_step(), probes_step(), versions_step()),
        findings=(
            finding("info", "image-fixed"),
            finding(object="StatefulSet/valkey", container="valkey", file=VALUES, line=8),
        ),
        branch="dhi/apps-cluster-valkey",
        base="0123456789abcdef0123456789abcdef01234567",
        release="valkey",
        namespace="default",
        renders=5,
        releases=(ReleaseSummary("chart", "default", "valkey", CHART, 1, ()),),
        originals={VALUES: VALUES_BEFORE, CHART: CHART_BEFORE},
    )


def nothing_to_do() -> Plan:
    """Every image is hardened already."""
    plan = ready()
    done = replace(
        registry_step(), status="done", edits=(), diff="", effects=(), commit=None, files={}, deployable=True
    )
    hardened = replace(image(), before=AFTER, after="", status="already-dhi", reason="")
    return replace(plan, images=(hardened,), steps=(done, probes_step()), findings=())


def blocked() -> Plan:
    """A step that no proposal reaches, an image that needs a choice, and an open error."""
    plan = ready()
    open_image = PlannedImage(
        before=EXPORTER,
        after="",
        status="undecided",
        reason="the catalog has no line 1.79",
        candidates=("dhi.io/redis-exporter:1.80.1-debian13", "dhi.io/redis-exporter:1.81.0-debian13"),
        used_by=(Use("StatefulSet", "valkey", "metrics", "container"),),
    )
    error = finding("error", "shell-missing", object="Job/valkey-test", container="ping")
    return replace(
        plan,
        images=(image(), open_image),
        steps=(registry_step(), blocked_step()),
        findings=(*plan.findings, error),
    )


def with_every_image_status() -> Plan:
    """One image of each status, for tables."""
    words = ("migrate", "already-dhi", "no-counterpart", "kept", "fixed", "undecided")
    images = tuple(
        PlannedImage(
            f"docker.io/acme/{word}:1.0", AFTER if word == "migrate" else "", word, f"reason of {word}"
        )
        for word in words
    )
    return replace(ready(), images=images)


def hostile(text: str) -> Plan:
    """A plan of a repository that puts ``text`` wherever it can."""
    plan = blocked()
    step = replace(
        registry_step(),
        reason=text,
        title=text,
        diff=REGISTRY_DIFF.replace("# registry", f"# {text}"),
        files={text: f"# {text}\n"},
        effects=(
            Effect(f"Pod/{text}", text, text, [text]),
            Effect("Pod/a", f"metadata.labels.{text}", text, text),
        ),
        edits=(PlannedEdit(text, 1, text, text, text),),
        tried=(Tried(text, text),),
        commit=replace(commit("registry", text), body=text),
    )
    return replace(
        plan,
        chart=ChartSummary(
            text, text, text, text, ({"name": text, "alias": f"{text}a", "version": text},), (text,)
        ),
        images=(
            replace(
                image(),
                reason=text,
                used_by=(Use(text, text, text, "container"),),
                values=(ImageValue(text, "tag", text),),
            ),
            replace(plan.images[1], before=text, candidates=(text,)),
        ),
        steps=(step,),
        findings=(Finding(text, "error", text, text, text, text, 1, text),),
        branch=text,
        base=text,
        release=text,
        namespace=text,
        releases=(ReleaseSummary("chart", text, text, text, 1, ()),),
    )
