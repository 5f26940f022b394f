"""What a blocked plan offers besides accepting the error: each flag that it prints settles what it stands below."""

import shlex

import pytest

CHART = "apiVersion: v2\nname: p\nversion: 0.1.0\n"
VALUES = """image:
  repository: docker.io/prom/{name}
  tag: {tag}
probe:
  exec:
    command: {probe}
"""
DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata: {{name: p}}
spec:
  selector: {{matchLabels: {{app: p}}}}
  template:
    metadata: {{labels: {{app: p}}}}
    spec:
      containers:
        - name: main
          image: {{{{ .Values.image.repository }}}}:{{{{ .Values.image.tag }}}}
          {command}
          ports: [{{name: http, containerPort: {port}}}]
          livenessProbe: {{{{ toYaml .Values.probe | nindent 12 }}}}
"""


def write(
    workshop, *, command="", probe='["wget", "-q", "http://localhost:9093"]', name="alertmanager", port=9093
):
    folder = workshop.root / "p"
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text(CHART)
    (folder / "values.yaml").write_text(VALUES.format(name=name, tag="v0.34.0", probe=probe))
    (folder / "templates/d.yaml").write_text(DEPLOYMENT.format(command=command, port=port))
    workshop.commit("a chart")


def offered(ran):
    """The flags below each reason, by the reason."""
    found, reason = {}, ""
    for line in ran.out.partition("Blocked: ")[2].splitlines()[1:]:
        if line.startswith("    "):
            found[reason].append(shlex.split(line))
        elif line.strip():
            reason = line.strip()
            found[reason] = []
    return found


FLAGS = ("--plan", "--offline", "--pull-secret", "s")


@pytest.mark.parametrize("flag", ["--to", "--keep", "--accept"])
def test_a_shell_that_the_image_lacks(workshop, flag):
    write(workshop, command='command: ["/bin/sh", "-c", "exec alertmanager"]')
    ran = workshop.run("p", *FLAGS)

    ((reason, ways),) = offered(ran).items()
    assert reason == "error shell-missing is not accepted; to decide it, one of:"
    assert [way[0] for way in ways] == ["--to", "--keep", "--accept"]
    assert ways[0][1].endswith("-dev")
    (way,) = [way for way in ways if way[0] == flag]
    again = workshop.run("p", *FLAGS, *way)
    assert again.code == 0
    assert "Blocked" not in again.out
    assert ("shell-missing" in again.out) == (flag == "--accept")


@pytest.mark.parametrize("flag", ["--probes", "--to", "--keep", "--accept"])
def test_a_probe_that_is_kept(workshop, flag):
    write(workshop, probe='["sh", "-c", "wget -q http://localhost:9093/-/healthy"]')
    flags = (*FLAGS, "--probes", "keep")
    ran = workshop.run("p", *flags)

    ((_, ways),) = offered(ran).items()
    assert [way[0] for way in ways] == ["--probes", "--to", "--keep", "--accept"]
    (way,) = [way for way in ways if way[0] == flag]
    again = workshop.run("p", *flags, *way)
    assert again.code == 0
    assert "Blocked" not in again.out


def test_errors_that_are_settled_in_different_ways_are_told_apart(workshop):
    write(workshop, command='command: ["/bin/sh", "-c", "exec alertmanager"]')
    other = (workshop.root / "p/templates/d.yaml").read_text().replace("name: p}", "name: q}")
    other = other.replace(
        "{{ .Values.image.repository }}:{{ .Values.image.tag }}", "docker.io/prom/blackbox-exporter:v0.28.0"
    )
    (workshop.root / "p/templates/e.yaml").write_text(other)
    workshop.commit("one more")

    found = offered(workshop.run("p", *FLAGS))

    assert [reason.partition(" is not")[0] for reason in found] == [
        "error shell-missing (Deployment/p, main)",
        "error shell-missing (Deployment/q, main)",
    ]
    assert {way[1] for ways in found.values() for way in ways if way[0] == "--keep"} == {
        "docker.io/prom/alertmanager:v0.34.0",
        "docker.io/prom/blackbox-exporter:v0.28.0",
    }
