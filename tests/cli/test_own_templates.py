"""What no value reaches, in a template of the user's own: its literal lines are one more place for an edit."""

import json

import pytest

TO = ("--to", "valkey=dhi.io/valkey:8.1.9-debian13", "--pull-secret", "dhi")
TEMPLATE = "apps/web/templates/all.yaml"
HELPERS = "apps/web/templates/_parts.tpl"
CHART = """\
apiVersion: v2
name: web
version: 0.2.1
"""
DEPENDENCY = "dependencies:\n  - {name: web, version: 0.2.1, repository: file://../web}\n"
POD = """\
    spec:
      securityContext:
        runAsNonRoot: true
      # one container
      containers:
        - name: cache
          image: docker.io/valkey/valkey:8.1.3 # pinned by hand
          ports:
            - {name: tcp, containerPort: 6379}
          livenessProbe:
            exec:
              command: [sh, -c, "valkey-cli ping"]
            periodSeconds: {{ .Values.period }}
"""
DEPLOYMENT = (
    """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
"""
    + POD
)
IMAGE = "image: docker.io/valkey/valkey:8.1.3 # pinned by hand"
RELEASE = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {name}, namespace: argocd}}
spec:
  destination: {{namespace: {name}, server: https://kubernetes.default.svc}}
  source:
    repoURL: https://github.com/acme/gitops
    path: apps/web
    helm:
      valuesObject: {{replicas: {replicas}}}
"""


class Shop:
    """A repository with one chart of its own."""

    def __init__(self, workshop):
        self.workshop, self.git, self.run, self.commit = (
            workshop,
            workshop.git,
            workshop.run,
            workshop.commit,
        )
        workshop.git("remote", "add", "origin", "https://github.com/acme/gitops")
        self.write("apps/web/Chart.yaml", CHART)
        self.write("apps/web/values.yaml", "replicas: 1\nperiod: 10\n")
        self.write(TEMPLATE, DEPLOYMENT)
        self.commit("add the chart")

    def write(self, path, text):
        place = self.workshop.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    def read(self, path, revision="HEAD"):
        return self.git("show", f"{revision}:{path}") + "\n"

    def plan(self, what="apps/web", *flags):
        ran = self.run(what, "--plan", "--format", "json", "--offline", *TO, *flags)
        assert ran.out, ran.err
        return json.loads(ran.out)

    def migrate(self, *flags):
        ran = self.run("apps/web", "--yes", "--offline", *TO, *flags)
        assert ran.code == 0, ran.err
        return "dhi/apps-web"


@pytest.fixture
def shop(workshop):
    return Shop(workshop)


def status(plan):
    return {step["name"]: step["status"] for step in plan["steps"]}


def step_of(plan, name):
    return next(step for step in plan["steps"] if step["name"] == name)


def verdicts(plan, name):
    return [tried["verdict"] for tried in step_of(plan, name)["tried"]]


def said(plan, code):
    return [finding for finding in plan["findings"] if finding["code"] == code]


def test_image_secret_probe_and_user_are_written_into_the_template(shop):
    plan = shop.plan()

    assert (plan["status"], said(plan, "image-fixed")) == ("ready", [])
    assert status(plan) == dict.fromkeys(
        ["registry", "tag", "pull-secret", "probes", "run-as-user", "versions"], "proven"
    )
    [image] = plan["images"]
    assert (image["status"], image["values"]) == (
        "migrate",
        [{"file": TEMPLATE, "role": "image", "path": "image[0]"}],
    )
    [note] = said(plan, "template-edited")
    assert (note["severity"], note["file"], note["line"]) == ("info", TEMPLATE, 13)


def test_the_branch_has_just_those_lines(shop):
    branch = shop.migrate()

    diff = shop.git("diff", "--unified=0", "main", branch, "--", TEMPLATE).splitlines()
    assert [line for line in diff if not line.startswith(("diff", "index", "---", "+++", "@@"))] == [
        "+      imagePullSecrets:",
        "+        - name: dhi",
        "-          image: docker.io/valkey/valkey:8.1.3 # pinned by hand",
        "+          image: dhi.io/valkey:8.1.9-debian13 # pinned by hand",
        "+          securityContext:",
        "+            runAsUser: 65532",
        "+            runAsGroup: 65532",
        "-            exec:",
        '-              command: [sh, -c, "valkey-cli ping"]',
        "+            tcpSocket:",
        "+              port: tcp",
    ]
    assert len(shop.git("log", "--format=%s", f"main..{branch}").splitlines()) == 6


def test_a_second_plan_finds_nothing_to_do(shop):
    shop.git("switch", "--quiet", shop.migrate())

    assert shop.plan()["status"] == "nothing-to-do"


def test_a_value_is_edited_where_one_reaches(shop):
    """The probe's command is fixed, its image a value."""
    shop.write(TEMPLATE, DEPLOYMENT.replace(IMAGE, "image: {{ .Values.image }}"))
    shop.write("apps/web/values.yaml", "replicas: 1\nperiod: 10\nimage: docker.io/valkey/valkey:8.1.3\n")
    shop.commit("read the image from a value")

    files = {(step["name"], edit["file"]) for step in shop.plan()["steps"] for edit in step["edits"]}

    assert ("registry", "apps/web/values.yaml") in files
    assert ("registry", TEMPLATE) not in files
    assert ("probes", TEMPLATE) in files


def test_strong_probes_are_written_into_the_template_too(shop):
    shop.write(TEMPLATE, DEPLOYMENT.replace("valkey-cli ping", "wget -q http://localhost:9121/live"))
    shop.commit("ask by http")

    probes = step_of(shop.plan("apps/web", "--probes", "strong"), "probes")

    assert probes["status"] == "proven"
    assert "+            httpGet:\n+              path: /live\n+              port: 9121\n" in probes["diff"]


@pytest.mark.parametrize(("number", "status_"), [(0, "proven"), (1, "blocked")])
def test_a_pinned_edit_of_a_template_is_read_back(shop, number, status_):
    pin = ("--pin", "registry", TEMPLATE, f"image[{number}]", '"dhi.io/valkey:8.1.3"')

    plan = shop.plan("apps/web", *pin)

    assert status(plan)["registry"] == status_
    assert any("no such line" in verdict for verdict in verdicts(plan, "registry")) is bool(number)


def test_a_place_where_nothing_can_be_written_keeps_the_others_from_nothing(shop):
    """`containers` begins an item of a list, and an image does not end on its line."""
    other = "---\napiVersion: acme.example/v1\nkind: Groups\nmetadata: {name: a}\nspec:\n  - containers: []\n"
    shop.write(TEMPLATE, DEPLOYMENT + other + "  - image: >-\n      acme/app:1\n")
    shop.commit("odd lists")

    plan = shop.plan()

    assert plan["status"] == "ready"
    assert status(plan)["pull-secret"] == status(plan)["run-as-user"] == "proven"


# --- what is not literal, or not the user's own


@pytest.mark.parametrize(
    "line",
    [
        'image: {{ printf "%s/%s:%s" "docker.io" "valkey/valkey" "8.1.3" }}',
        'image: {{ list "docker.io" "valkey/valkey:8.1.3" | join "/" }}',
    ],
)
def test_a_line_that_is_not_literal_stays_and_the_user_is_its_author(shop, line):
    shop.write(TEMPLATE, DEPLOYMENT.replace(IMAGE, line))
    shop.commit("another line")

    plan = shop.plan()

    assert plan["images"][0]["status"] == "fixed"
    [fixed] = said(plan, "image-fixed")
    assert (fixed["file"], fixed["line"]) == (TEMPLATE, 15)
    assert "the template is yours" in fixed["help"]
    assert "authors" not in fixed["help"]


def test_a_template_of_a_dependency_beside_is_not_this_charts(shop):
    shop.write("apps/over/Chart.yaml", CHART.replace("web", "over") + DEPENDENCY)
    shop.commit("a chart over it")

    plan = shop.plan("apps/over")

    assert plan["images"][0]["status"] == "fixed"
    [fixed] = said(plan, "image-fixed")
    assert (fixed["file"], "of this repository" in fixed["help"]) == (TEMPLATE, True)


@pytest.mark.parametrize(
    ("declared", "own"),
    [
        ("", True),
        ("dependencies:\n  - {name: web, version: 0.2.1}\n", True),
        ("dependencies:\n  - {name: web, version: 0.2.1, repository: file://charts/web}\n", True),
        ("dependencies:\n  - {name: web, version: 0.2.1, repository: https://charts.example.com}\n", False),
    ],
)
def test_a_chart_below_charts_is_the_users_own_where_nothing_brings_it_from_elsewhere(shop, declared, own):
    shop.git("mv", "apps/web", "apps/all")
    shop.write("apps/all/charts/web/Chart.yaml", CHART)
    shop.git("mv", "apps/all/templates", "apps/all/charts/web/templates")
    shop.write("apps/all/values.yaml", "web: {replicas: 1, period: 10}\n")
    shop.write("apps/all/Chart.yaml", CHART.replace("web", "all") + declared)
    shop.commit("a chart of charts")

    plan = shop.plan("apps/all")

    edited = {edit["file"] for step in plan["steps"] for edit in step["edits"]}
    assert (plan["status"], plan["images"][0]["status"]) == (
        ("ready", "migrate") if own else ("nothing-to-do", "fixed")
    )
    assert ("apps/all/charts/web/templates/all.yaml" in edited) is own


# --- several places, releases and witnesses


def test_one_line_in_a_range_moves_all_that_it_makes(shop):
    one = DEPLOYMENT.replace("{{ .Release.Name }}", "{{ . }}").replace(".Values", "$.Values")
    shop.write(TEMPLATE, '{{- range list "a" "b" }}\n---\n' + one + "{{- end }}\n")
    shop.commit("two of them")

    plan = shop.plan()

    assert plan["status"] == "ready"
    assert {effect["object"] for effect in step_of(plan, "tag")["effects"]} == {
        "Deployment/a",
        "Deployment/b",
    }
    assert [len(step["edits"]) for step in plan["steps"][:5]] == [1] * 5


def test_a_line_of_a_helper_moves_all_that_include_it(shop):
    shop.write(HELPERS, f'{{{{- define "pod" }}}}\n{POD}{{{{- end }}}}\n')
    shop.write(TEMPLATE, DEPLOYMENT.replace(POD, '{{ include "pod" . }}\n'))
    shop.commit("a helper")

    plan = shop.plan()

    assert plan["status"] == "ready"
    assert {edit["file"] for step in plan["steps"][:5] for edit in step["edits"]} == {HELPERS}


@pytest.mark.parametrize("condition", ["if true", "with $.Values.period"])
def test_a_line_below_a_condition_is_edited_where_it_renders(shop, condition):
    text = DEPLOYMENT.replace("          image:", f"          {{{{- {condition} }}}}\n          image:")
    shop.write(TEMPLATE, text.replace("          ports:", "          {{- end }}\n          ports:"))
    shop.commit("a condition")

    plan = shop.plan()

    assert status(plan)["tag"] == "proven"
    assert plan["images"][0]["values"] == [{"file": TEMPLATE, "role": "image", "path": "image[0]"}]


def test_all_releases_of_the_chart_are_proven_together(shop):
    for number, name in enumerate(("staging", "prod"), 1):
        shop.write(f"clusters/{name}.yaml", RELEASE.format(name=name, replicas=number))
    shop.commit("two releases")

    plan = shop.plan()

    assert plan["status"] == "ready"
    assert {effect["object"] for effect in step_of(plan, "tag")["effects"]} == {
        "Deployment/staging of staging/staging",
        "Deployment/prod of prod/prod",
    }
    assert [len(step["edits"]) for step in plan["steps"][:5]] == [1] * 5


def test_an_image_without_a_tag_moves_where_it_is_switched_off_as_where_it_is_on(shop):
    app = '        - name: app\n          image: "{{ .Values.extra.image.repository }}:{{ .Values.extra.image.tag }}"\n'
    extra = POD.replace(IMAGE, "image: docker.io/valkey/valkey") + app
    second = DEPLOYMENT.replace(POD, extra).replace("{{ .Release.Name }}", "{{ .Release.Name }}-extra")
    shop.write("apps/web/templates/extra.yaml", "{{- if .Values.extra.enabled }}\n" + second + "{{- end }}\n")
    shop.write(
        "apps/web/values.yaml",
        "replicas: 1\nperiod: 10\nextra:\n"
        "  enabled: false\n  image: {repository: docker.io/acme/app, tag: 1.0.0}\n",
    )
    for name, on in (("staging", "true"), ("prod", "false")):
        release = RELEASE.format(name=name, replicas=1)
        shop.write(f"clusters/{name}.yaml", release.replace("replicas: 1", f"extra: {{enabled: {on}}}"))
    shop.commit("one has more")

    plan = shop.plan("apps/web", "--to", "docker.io/valkey/valkey=dhi.io/valkey:8.1.9-debian13")

    assert (plan["status"], said(plan, "derived-value")) == ("ready", [])
    assert "apps/web/templates/extra.yaml" in {edit["file"] for edit in step_of(plan, "tag")["edits"]}


def test_the_rungs_of_a_probe_are_told_once_for_all_releases(shop):
    shop.write(TEMPLATE, DEPLOYMENT.replace("{{ .Release.Name }}", "web"))
    for name in ("staging", "prod"):
        shop.write(f"clusters/{name}.yaml", RELEASE.format(name=name, replicas=1))
    shop.commit("two releases")

    [note] = said(shop.plan(), "probe-rungs")

    assert note["message"].startswith(
        "Deployment/web: cache: livenessProbe can become, strongest first: exec "
    )
    assert (note["object"], note["container"]) == ("Deployment/web", "cache")


def test_one_release_alone_does_not_edit_the_template_of_all(shop):
    for name in ("staging", "prod"):
        shop.write(f"clusters/{name}.yaml", RELEASE.format(name=name, replicas=1))
    shop.commit("two releases")

    plan = shop.plan("staging/staging")

    assert status(plan)["registry"] == "blocked"
    assert "every file that could hold it is read by prod/prod, too" in verdicts(plan, "registry")
    assert not any(step["edits"] for step in plan["steps"])


def test_a_witness_that_the_line_would_change_blocks_it(shop):
    shop.write("apps/over/Chart.yaml", CHART.replace("web", "over") + DEPENDENCY)
    shop.commit("a chart over it")

    plan = shop.plan()

    assert status(plan)["registry"] == "blocked"
    assert any("changes the release" in verdict for verdict in verdicts(plan, "registry"))


# --- writing and taking back


def test_a_template_that_differs_from_the_base_is_not_written(shop):
    shop.write(TEMPLATE, DEPLOYMENT.replace("8.1.3", "8.1.4"))

    ran = shop.run("apps/web", "--yes", "--offline", *TO)

    assert ran.code == 4
    assert TEMPLATE in ran.error["error"]
    assert shop.plan()["images"][0]["before"] == "docker.io/valkey/valkey:8.1.4"


def test_the_branch_is_taken_back(shop):
    before = shop.workshop.refs()
    shop.migrate()

    assert shop.run("rollback", "apps/web", "--yes").code == 0
    assert [ref for ref in shop.workshop.refs() if "backup" not in ref] == before


def test_a_merged_branch_is_reversed_line_by_line(shop):
    shop.git("merge", "--quiet", "--no-ff", "--no-edit", shop.migrate())
    shop.write(TEMPLATE, shop.read(TEMPLATE).replace("  replicas:", "  paused: false\n  replicas:"))
    shop.commit("something else")

    ran = shop.run("rollback", "apps/web", "--yes", "--offline", "--format", "json")

    assert ran.code == 0, ran.err
    done = json.loads(ran.out)
    assert done["proof"]["proven"] is True
    assert shop.read(TEMPLATE, done["branch"]) == DEPLOYMENT.replace(
        "  replicas:", "  paused: false\n  replicas:"
    )


def test_a_merged_line_that_was_changed_since_is_told_and_not_guessed(shop):
    shop.git("merge", "--quiet", "--no-ff", "--no-edit", shop.migrate())
    shop.write(TEMPLATE, shop.read(TEMPLATE).replace("8.1.9-debian13", "8.1.10-debian13"))
    shop.commit("a newer tag")

    ran = shop.run("rollback", "apps/web", "--yes", "--offline")

    assert ran.code == 5
    assert TEMPLATE in ran.error["error"]


@pytest.mark.parametrize(
    "words",
    [("merge", "--quiet", "--no-ff", "--no-edit", "dhi/apps-web"), ("cherry-pick", "main..dhi/apps-web")],
    ids=["merge", "rebase"],
)
def test_merged_steps_are_reversed_to_a_named_one(shop, words):
    shop.migrate()
    # Commits that are made again within a second, on the same parent, would be the same ones.
    shop.write("README.md", "another commit\n")
    shop.commit("something else")
    shop.git(*words)

    ran = shop.run("rollback", "apps/web", "--to", "tag", "--yes", "--offline", "--format", "json")

    assert ran.code == 0, ran.err
    assert shop.read(TEMPLATE, json.loads(ran.out)["branch"]) == DEPLOYMENT.replace(
        "docker.io/valkey/valkey:8.1.3", "dhi.io/valkey:8.1.9-debian13"
    )


# --- images within helpers, actions and longer texts


@pytest.mark.parametrize(
    ("line", "after"),
    [
        ('image: {{ include "web.image" . }}', None),
        ('image: {{ "docker.io/valkey/valkey:8.1.3" }}', 'image: {{ "dhi.io/valkey:8.1.9-debian13" }}'),
        (
            "image: docker.io/valkey/valkey:8.1.3 # {{ .Chart.Name }}",
            "image: dhi.io/valkey:8.1.9-debian13 # {{ .Chart.Name }}",
        ),
        (
            'image: {{ .Values.image | default "docker.io/valkey/valkey:8.1.3" }}',
            'image: {{ .Values.image | default "dhi.io/valkey:8.1.9-debian13" }}',
        ),
        (
            'image: "docker.io/valkey/valkey:{{ .Values.tag }}"',
            'image: "dhi.io/valkey:{{ .Values.tag }}"',
        ),
        (
            'image: {{ printf "valkey/valkey:%s" .Values.tag | quote }}',
            'image: {{ printf "dhi.io/valkey:%s" .Values.tag | quote }}',
        ),
        (
            'image: "docker.io/valkey/valkey:v{{ .Values.tag }}" # as upstream',
            'image: "dhi.io/valkey:{{ .Values.tag }}" # as upstream',
        ),
        (
            'image: {{ printf "docker.io/valkey/valkey:v%s" .Values.tag }}',
            'image: {{ printf "dhi.io/valkey:%s" .Values.tag }}',
        ),
        (
            'image: {{ printf "%s:v%s" .Values.name .Values.tag }}',
            'image: {{ printf "%s:%s" .Values.name .Values.tag }}',
        ),
        (
            'image: "{{ .Values.name }}:v{{ .Values.tag }}"',
            'image: "{{ .Values.name }}:{{ .Values.tag }}"',
        ),
    ],
)
def test_an_image_in_an_action_or_a_helper_is_replaced_there(shop, line, after):
    values = "replicas: 1\nperiod: 10\ntag: 8.1.3\nname: docker.io/valkey/valkey\n"
    shop.write("apps/web/values.yaml", values)
    shop.write(HELPERS, '{{- define "web.image" -}}docker.io/valkey/valkey:8.1.3{{- end -}}\n')
    shop.write(TEMPLATE, DEPLOYMENT.replace(IMAGE, line))
    shop.commit("put it elsewhere")

    branch = shop.migrate()

    if after:
        assert after in shop.read(TEMPLATE, branch)
    else:
        assert (
            shop.read(HELPERS, branch)
            == '{{- define "web.image" -}}dhi.io/valkey:8.1.9-debian13{{- end -}}\n'
        )
    assert ("tag: 8.1.9-debian13" in shop.read("apps/web/values.yaml", branch)) == ("Values.tag" in line)
    shop.git("switch", "--quiet", branch)
    assert shop.plan()["status"] == "nothing-to-do"


def test_what_stands_before_the_tag_of_an_image_that_stays_too_is_left_to_it(shop):
    shop.write("apps/web/values.yaml", "replicas: 1\nperiod: 10\ntag: 8.1.3\n")
    shop.write(HELPERS, '{{- define "web.image" -}}{{ .name }}:v{{ .tag }}{{- end -}}\n')
    of = 'image: {{ include "web.image" (dict "name" "NAME" "tag" .Values.tag) }}'
    other = of.replace("NAME", "docker.io/acme/side")
    lines = f"{of.replace('NAME', 'docker.io/valkey/valkey')}\n        - name: side\n          {other}"
    shop.write(TEMPLATE, DEPLOYMENT.replace(IMAGE, lines))
    shop.commit("one helper for both")

    plan = shop.plan()

    assert step_of(plan, "tag")["status"] == "blocked"


def test_an_image_of_a_comment_alone_stays(shop):
    shop.write(TEMPLATE, DEPLOYMENT.replace("# one container", "# was docker.io/valkey/valkey:8.1.3"))
    shop.commit("tell what was")

    assert "# was docker.io/valkey/valkey:8.1.3" in shop.read(TEMPLATE, shop.migrate())


TEST = """\
apiVersion: v1
kind: Pod
metadata:
  name: {{ .Release.Name }}-test
  annotations: {helm.sh/hook: test}
spec:
  containers:
    - name: ask
      image: busybox:1.37.0
"""


def test_a_test_whose_image_cannot_move_keeps_nothing_else_from_moving(shop):
    """The chart over it would change: as with a pod that no value reaches, a test only fails itself."""
    shop.write("apps/web/templates/test.yaml", TEST)
    shop.write(TEMPLATE, DEPLOYMENT.replace("docker.io/valkey/valkey:8.1.3", "{{ .Values.image }}"))
    shop.write("apps/web/values.yaml", "replicas: 1\nperiod: 10\nimage: docker.io/valkey/valkey:8.1.3\n")
    shop.write("apps/over/Chart.yaml", CHART.replace("web", "over") + DEPENDENCY)
    shop.write("apps/over/values.yaml", "web: {image: docker.io/valkey/valkey:8.1.3}\n")
    shop.write("prod.yaml", RELEASE.format(name="prod", replicas=2))
    shop.commit("a chart over it, and a release")

    plan = shop.plan("prod/prod", "--skip", "pull-secret", "--skip", "probes", "--skip", "run-as-user")

    assert [(one["severity"], one["container"]) for one in said(plan, "image-unreached")] == [
        ("warning", "ask")
    ]
    assert step_of(plan, "registry")["status"] == step_of(plan, "tag")["status"] == "proven"
