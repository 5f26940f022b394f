"""The probes step: one handler, timings as before, and nothing touched that the image can run."""

import pytest

from tests.charts import copy_case
from tests.conftest import plan_of, steps_of
from tests.steps.reading import TO, effects_of, lines, values_of


def step_of(planned, case, **flags):
    return steps_of(planned(case, to=TO, **flags))["probes"]


def test_a_probe_in_the_charts_own_values_is_replaced_there(planned):
    step = step_of(planned, "probe-own-values")

    assert (step.status, step.done, step.of) == ("proven", 2, 2)
    assert {path.rpartition(".")[0] for path in values_of(step)} == {"livenessProbe", "readinessProbe"}
    assert "exec" not in step.files["values.yaml"]


def test_comments_beside_the_probe_stay(planned):
    text = step_of(planned, "probe-own-values").files["values.yaml"]

    assert "# Both probes ask the server itself." in text
    assert "  periodSeconds: 10   # every ten seconds" in text


def test_the_timings_stay(planned):
    for (_, path), (before, after) in effects_of(step_of(planned, "probe-own-values")).items():
        assert path.rpartition(".")[2] in {"exec", "tcpSocket"}, (path, before, after)


def test_an_override_of_the_chart_gets_the_whole_probe(planned):
    step = step_of(planned, "custom-probe")

    assert (step.status, step.done, step.of) == ("proven", 2, 2)
    assert values_of(step)["node.customLivenessProbe"] == {
        "tcpSocket": {"port": "tcp"},
        "initialDelaySeconds": 20,
        "periodSeconds": 7,
        "timeoutSeconds": 5,
        "failureThreshold": 5,
    }


def test_a_deep_merge_is_never_two_handlers(planned):
    """Laid over the default, tcpSocket would render beside exec: refused, with the try shown."""
    plan = planned("probe-deep-merge", to=("valkey=dhi.io/memcached:1.6.45-debian13",))
    step = steps_of(plan)["probes"]

    assert step.status == "blocked"
    assert any("2 handlers" in tried.verdict for tried in step.tried)
    assert not step.edits
    assert plan.status == "blocked"


def test_a_deep_merge_stays_as_it_is_where_the_image_can_run_the_probe(planned):
    plan = planned("probe-deep-merge", to=TO)
    step = steps_of(plan)["probes"]

    assert (step.status, step.edits) == ("not-needed", ())
    assert any("2 handlers" in tried.verdict for tried in step.tried)
    assert "it can stay, since the hardened image has a shell" in step.reason
    assert plan.status == "ready"


def test_a_deep_merge_is_proven_by_null_in_a_values_file(tmp_path):
    chart = copy_case("probe-deep-merge", tmp_path / "probe-deep-merge")
    (chart / "prod.yaml").write_text("# for production\nnode:\n  replicas: 1\n")

    step = steps_of(plan_of(chart, values=("prod.yaml",), to=TO))["probes"]

    assert step.status == "proven"
    assert {edit.file for edit in step.edits} == {"prod.yaml"}
    assert values_of(step)["node.livenessProbe.exec"] is None
    assert "# for production" in step.files["prod.yaml"]
    assert {path.rpartition(".")[2] for _, path in effects_of(step)} == {"exec", "tcpSocket"}


def test_a_program_that_the_image_lacks_is_replaced_though_it_needs_no_shell(planned):
    step = steps_of(planned("probe-lacking", to=("dhi.io/memcached:1.6.45-debian13",)))["probes"]

    assert step.status == "proven"
    assert values_of(step)["livenessProbe.tcpSocket"] == {"port": "client"}
    assert "periodSeconds: 20" in step.files["values.yaml"]
    assert "exec" not in step.files["values.yaml"]


NULLED = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: "{{ .Values.image }}"
      ports: [{name: main, containerPort: 6379}]
      livenessProbe:
        httpGet: null
        {{- if .Values.probe }}
        exec: null
        {{- toYaml .Values.probe | nindent 8 }}
        {{- else }}
        exec: {command: [sh, -c, ping]}
        {{- end }}
"""


@pytest.mark.parametrize(
    ("probe", "status", "written"),
    [
        ("{}", "proven", {"probe": {"tcpSocket": {"port": "main"}}}),
        ("{tcpSocket: {port: main}, periodSeconds: null}", "not-needed", {}),
    ],
)
def test_a_handler_that_is_null_is_none(tmp_path, probe, status, written):
    """Kubernetes takes null for not being there; it counts the handlers that are."""
    (tmp_path / "web/templates").mkdir(parents=True)
    (tmp_path / "web/Chart.yaml").write_text("apiVersion: v2\nname: web\nversion: 0.1.0\n")
    (tmp_path / "web/values.yaml").write_text(f"image: docker.io/valkey/valkey:8.1.4\nprobe: {probe}\n")
    (tmp_path / "web/templates/pod.yaml").write_text(NULLED)

    step = steps_of(plan_of(tmp_path / "web", to=TO, probes="tcp"))["probes"]

    assert (step.status, values_of(step)) == (status, written)


BESIDE = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: main
      image: {{ .Values.image }}
      ports: [{name: main, containerPort: 6379}]
      livenessProbe:
        exec:
          command: [sh, -c, ping]
        {{- toYaml .Values.probe | nindent 8 }}
"""


def test_a_handler_that_the_template_writes_beside_values_is_replaced_in_the_template(tmp_path):
    (tmp_path / "web/templates").mkdir(parents=True)
    (tmp_path / "web/Chart.yaml").write_text("apiVersion: v2\nname: web\nversion: 0.1.0\n")
    (tmp_path / "web/values.yaml").write_text(
        "image: docker.io/valkey/valkey:8.1.4\nprobe: {periodSeconds: 5}\n"
    )
    (tmp_path / "web/templates/pod.yaml").write_text(BESIDE)

    step = steps_of(plan_of(tmp_path / "web", to=TO))["probes"]

    assert step.status == "proven"
    assert [edit.file for edit in step.edits] == ["templates/pod.yaml"]
    assert "+        tcpSocket:" in step.diff
    assert "lay the handler over the default of probe" in {one.reason for one in step.tried}


# --- which port


@pytest.mark.parametrize(
    ("ports", "written"),
    [
        ("- {name: metrics, containerPort: 9121}\n- {name: tcp, containerPort: 6379}", "tcp"),
        ("- {name: tls, containerPort: 6380}\n- {name: main, containerPort: 6379}", "main"),
        ("- {name: bus, containerPort: 16379}\n- {containerPort: 6379}", 6379),
        ("- {name: prometheus, containerPort: 9121}\n- {name: db, containerPort: 7000}", "db"),
        ("- {name: talk, containerPort: 6379, protocol: UDP}\n- {name: db, containerPort: 7000}", "db"),
        ("- {name: metrics, containerPort: 9121}", "metrics"),
    ],
)
def test_the_port_that_the_program_serves_on_is_probed(tmp_path, ports, written):
    chart = copy_case("probe-no-port", tmp_path / "probe-no-port")
    template = chart / "templates" / "deployment.yaml"
    listed = "\n".join(f"            {line}" for line in ports.splitlines())
    template.write_text(
        template.read_text().replace(
            "          livenessProbe:", f"          ports:\n{listed}\n          livenessProbe:"
        )
    )

    step = steps_of(plan_of(chart, to=TO))["probes"]

    assert values_of(step)["livenessProbe.tcpSocket"] == {"port": written}


def test_the_port_of_another_probe_is_probed(tmp_path):
    chart = copy_case("probe-no-port", tmp_path / "probe-no-port")
    template = chart / "templates" / "deployment.yaml"
    ports = "ports: [{name: tcp, containerPort: 6379}, {name: web, containerPort: 80}]"
    other = "readinessProbe: {httpGet: {path: /, port: web}}"
    template.write_text(
        template.read_text().replace(
            "          livenessProbe:", f"          {ports}\n          {other}\n          livenessProbe:"
        )
    )

    step = steps_of(plan_of(chart, to=TO))["probes"]

    assert values_of(step)["livenessProbe.tcpSocket"] == {"port": "web"}


def test_the_port_that_a_service_targets_is_probed_where_none_is_declared(planned):
    step = step_of(planned, "workloads-as-maps", probes="tcp")
    path = "app.workloads.main.parts.valkey.probes.liveness.spec.tcpSocket"

    assert step.status == "proven"
    assert values_of(step)[path] == {"port": 6379}


@pytest.mark.parametrize(
    ("selector", "beside", "status"),
    [
        ("app: main", False, "proven"),
        ("app: main", True, "blocked"),
        ("app: other", False, "blocked"),
        ("app: main, tier: cache", False, "blocked"),
        ("", False, "blocked"),
    ],
)
def test_only_a_service_of_the_pod_counts_and_only_where_the_container_must_be_meant(
    tmp_path, selector, beside, status
):
    """7000 is no port that is known of the image."""
    chart = copy_case("workloads-as-maps", tmp_path / "workloads-as-maps")
    template = chart / "charts/app/charts/shared/templates/_all.tpl"
    template.write_text(
        template.read_text().replace("  selector:\n    app: main\n", f"  selector: {{{selector}}}\n")
    )
    values = chart / "values.yaml"
    text = values.read_text().replace("6379", "7000")
    values.write_text(
        text if beside else text.partition("        agent:")[0] + "  service:\n    port: 7000\n"
    )

    step = steps_of(plan_of(chart, to=("valkey=dhi.io/memcached:1.6.45-debian13",), probes="tcp"))["probes"]

    assert step.status == status


# --- policies


def test_plain_commands_stay_by_default_and_become_tcp_on_request(planned):
    assert step_of(planned, "probe-plain-exec").status == "not-needed"

    step = step_of(planned, "probe-plain-exec", probes="tcp")

    assert step.status == "proven"
    assert values_of(step) == {"livenessProbe.exec": None, "livenessProbe.tcpSocket": {"port": 6379}}


def test_exec_keeps_a_plain_command_without_its_shell(planned):
    step = step_of(planned, "probe-deep-merge", probes="exec")

    assert step.status == "proven"
    assert values_of(step) == {"node.livenessProbe.exec": {"command": ["valkey-cli", "ping"]}}


def test_exec_falls_back_to_tcp_where_the_command_needs_its_shell(planned):
    step = step_of(planned, "probe-own-values", probes="exec")
    text = step.files["values.yaml"]

    assert step.status == "proven"
    assert "tcpSocket" in text.partition("readinessProbe")[0]
    assert "valkey-cli" in text.partition("readinessProbe")[2]


def test_auto_leaves_probes_that_the_image_can_run(planned):
    assert step_of(planned, "probe-own-values", probes="auto").status == "not-needed"


def test_keep_leaves_all(planned):
    step = step_of(planned, "probe-own-values", probes="keep")

    assert step.status == "skipped"
    assert not step.edits


# --- what must not change


@pytest.mark.parametrize("case", ["probe-fixed", "probe-kind"])
def test_a_fixed_probe_that_the_image_can_run_is_not_needed_and_says_why(planned, case):
    plan = planned(case, to=TO, foreign=True)
    step = steps_of(plan)["probes"]

    assert step.status == "not-needed"
    assert f"{case}/templates/deployment.yaml" in step.reason
    assert "shell" in step.reason
    assert "probe-fixed" in {found.code for found in plan.findings}


def test_an_assumed_shell_is_said_to_be_assumed(planned):
    plan = planned("probe-fixed", to=("dhi.io/valkey:8.1.77-debian13",), foreign=True)

    assert "assumed" in steps_of(plan)["probes"].reason


def test_without_a_declared_port_it_stays_where_the_image_can_run_it(planned):
    plan = planned("probe-no-port", to=TO)
    step = steps_of(plan)["probes"]

    assert (step.status, step.edits) == ("not-needed", ())
    assert "no port is declared" in step.reason
    assert "probe-without-port" in {found.code for found in plan.findings}
    assert plan.status == "ready"


def test_without_a_declared_port_it_is_blocked_where_the_image_has_no_shell(planned):
    step = steps_of(planned("probe-no-port", to=("valkey=dhi.io/memcached:1.6.45-debian13",)))["probes"]

    assert (step.status, step.edits) == ("blocked", ())
    assert "declares no port" in step.reason


@pytest.mark.parametrize("case", ["plain-chart", "alias-dependency", "no-counterpart"])
def test_not_needed_where_nothing_execs(planned, case):
    step = steps_of(planned(case))["probes"]

    assert step.status == "not-needed"
    assert not step.edits


def test_probes_of_images_that_are_not_moved_are_left_alone(planned):
    plan = planned("probe-own-values", keep=("valkey",))

    assert plan.status == "nothing-to-do"
    assert steps_of(plan)["probes"].status == "not-needed"


def test_nothing_but_the_probes_changes(planned):
    step = step_of(planned, "custom-probe")

    assert all("Probe" in path for _, path in effects_of(step))
    assert all(line.startswith("+") or "customLivenessProbe: {}" in line for line in lines(step))


# --- the rungs: what a probe can become without a shell


LIVENESS = """\
livenessProbe:
  exec:
    command: %s
  periodSeconds: 10   # every ten seconds
"""


def ladder(tmp_path, command, *, policy="strong", to=TO, values=LIVENESS, env=""):
    """The probes step of a chart whose own values hold this probe, and the notes on its rungs."""
    chart = copy_case("probe-own-values", tmp_path / "probe-own-values")
    template, file = chart / "templates" / "deployment.yaml", chart / "values.yaml"
    template.write_text(template.read_text().replace("          ports:", f"{env}          ports:"))
    head, _, rest = file.read_text().partition("livenessProbe:")
    file.write_text(head + values.replace("%s", command) + "\nresources:" + rest.partition("\nresources:")[2])
    plan = plan_of(chart, to=to, probes=policy)
    return steps_of(plan)["probes"], "\n".join(f.message for f in plan.findings if f.code == "probe-rungs")


@pytest.mark.parametrize(
    "command",
    [
        '[env, A=b, sh, -c, "valkey-cli ping"]',
        '[tini, --, sh, -c, "valkey-cli ping"]',
        '[timeout, "5", sh, x.sh]',
    ],
)
def test_a_shell_behind_what_starts_it_is_one(tmp_path, command):
    step, _ = ladder(tmp_path, command, policy="shell")

    assert (step.status, values_of(step)["livenessProbe.tcpSocket"]) == ("proven", {"port": "tcp"})


def test_strong_asks_by_http_what_a_command_asked(tmp_path):
    step, notes = ladder(
        tmp_path, "[sh, -c, \"wget -q --header='X: y' http://localhost:9121/health || exit 1\"]"
    )

    assert (step.status, step.done, step.of) == ("proven", 1, 1)
    assert lines(step) == [
        "-  exec:",
        "-    command: [sh, -c, \"wget -q --header='X: y' http://localhost:9121/health || exit 1\"]",
        "+  httpGet:",
        "+    path: /health",
        "+    port: 9121",
        "+    httpHeaders:",
        "+      - name: X",
        '+        value: "y"',
    ]
    assert "httpGet :9121/health (status 200 to 399 counts; the kubelet asks at the pod's address" in notes
    assert "--probes strong tries them in this order" in notes


def test_strong_asks_by_grpc_what_its_probe_program_asked(tmp_path):
    step, notes = ladder(tmp_path, "[/bin/grpc_health_probe, -addr=:6379, -service=a.B]")

    assert step.status == "proven"
    assert values_of(step)["livenessProbe.grpc"] == {"port": 6379, "service": "a.B"}
    assert "grpc 6379 a.B (" in notes


def test_strong_keeps_a_plain_command_that_the_image_has(tmp_path):
    step, notes = ladder(tmp_path, '[sh, -c, "valkey-cli ping"]')

    assert values_of(step)["livenessProbe.exec"] == {"command": ["valkey-cli", "ping"]}
    assert (
        "exec valkey-cli ping (the same command; it needs the program in the image); tcpSocket tcp (" in notes
    )


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("curl -s localhost:8080 | grep ok", "no httpGet: it reads the answer in a pipe"),
        (
            "[ $(curl -so/dev/null -w %{http_code} localhost) = 200 ]",
            "no httpGet: it uses what another command",
        ),
        ("redis-tool ping", "no exec: nothing shows that the hardened image has redis-tool"),
        ("timeout 3 jq .", "no exec: nothing shows that the hardened image has jq"),
        ("cat /a && cat /b", "no exec: the command needs its shell"),
        ("bash /opt/check", "no exec: the command needs its shell"),
    ],
)
@pytest.mark.parametrize("policy", ["strong", "exec"])
def test_what_has_no_stronger_rung_connects_and_says_why(tmp_path, command, why, policy):
    step, notes = ladder(tmp_path, f'[sh, -c, "{command}"]', policy=policy)

    assert values_of(step)["livenessProbe.tcpSocket"] == {"port": "tcp"}
    assert why in notes


def test_strong_leaves_a_command_that_runs_without_a_shell(tmp_path):
    step, _ = ladder(tmp_path, "[valkey-cli, ping]")

    assert (step.status, step.edits) == ("not-needed", ())
    assert step.reason == "no exec probe needs a shell or lacks its program"


def test_a_stronger_rung_that_the_chart_does_not_render_gives_way_to_the_next(tmp_path):
    """The template takes a port to connect to, and no HTTP."""
    chart = copy_case("probe-own-values", tmp_path / "probe-own-values")
    template, file = chart / "templates" / "deployment.yaml", chart / "values.yaml"
    template.write_text(
        template.read_text().replace("toYaml . | nindent 12", 'toYaml (omit . "httpGet") | nindent 12', 1)
    )
    file.write_text(file.read_text().replace('[ "$(valkey-cli ping)" = PONG ]', "curl localhost:6379"))

    step = steps_of(plan_of(chart, to=TO, probes="strong"))["probes"]

    assert (step.status, step.done) == ("proven", 2)
    assert values_of(step)["livenessProbe.tcpSocket"] == {"port": "tcp"}


def test_by_default_the_rungs_are_told_and_the_connect_is_taken(tmp_path):
    step, notes = ladder(tmp_path, '[sh, -c, "curl -f localhost:6379/health"]', policy="shell")

    assert values_of(step)["livenessProbe.tcpSocket"] == {"port": "tcp"}
    assert "httpGet :6379/health" in notes
    assert notes.endswith("--probes shell takes tcpSocket")


def test_http_needs_no_declared_port(tmp_path):
    chart = copy_case("probe-no-port", tmp_path / "probe-no-port")
    values = chart / "values.yaml"
    values.write_text(values.read_text().replace("valkey-cli ping", "curl localhost:8080/live"))

    step = steps_of(plan_of(chart, to=("valkey=dhi.io/memcached:1.6.45-debian13",), probes="strong"))[
        "probes"
    ]

    assert step.status == "proven"
    assert values_of(step)["livenessProbe.httpGet"] == {"path": "/live", "port": 8080}


@pytest.mark.parametrize(
    ("policy", "advice"), [("shell", "--probes strong takes the strongest one"), ("strong", "")]
)
def test_the_strongest_rung_is_advised_where_another_is_taken(tmp_path, policy, advice):
    chart = copy_case("probe-own-values", tmp_path / "probe-own-values")
    values = chart / "values.yaml"
    values.write_text(values.read_text().replace("valkey-cli ping", "curl -k https://localhost:8443/live"))

    notes = [f for f in plan_of(chart, to=TO, probes=policy).findings if f.code == "probe-rungs"]

    told = {note.message.partition("first: ")[2].partition(" (")[0]: note.help for note in notes}
    assert told["httpGet https :8443/live"] == advice


def test_no_more_is_advised_where_the_connect_is_all_that_there_is(tmp_path):
    chart = copy_case("probe-own-values", tmp_path / "probe-own-values")
    values = chart / "values.yaml"
    values.write_text(values.read_text().replace("valkey-cli ping", "valkey-cli ping | cat"))

    notes = [f for f in plan_of(chart, to=TO).findings if f.code == "probe-rungs"]

    assert {note.help for note in notes} == {""}


def test_the_variables_of_the_container_are_read(tmp_path):
    env = '          env: [{name: PORT, value: "9121"}]\n'
    step, _ = ladder(tmp_path, '[sh, -c, "curl -f localhost:$PORT"]', env=env)

    assert values_of(step)["livenessProbe.httpGet"] == {"path": "/", "port": 9121}
