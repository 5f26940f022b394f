"""A chart in which the move of one image of two ends in an error."""

DNS, WEB = "docker.io/coredns/coredns:1.12.4", "docker.io/library/nginx:1.30.4"
TEMPLATE = """{{- range $name, $one := .Values.apps }}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ $name }}}
spec:
  selector: {matchLabels: {app: {{ $name }}}}
  template:
    metadata: {labels: {app: {{ $name }}}}
    spec:
      containers:
        - name: main
          image: {{ $one.image }}
          command: {{ toJson $one.command }}
{{- end }}
"""
VALUES = f"""apps:
  dns:
    image: {DNS}
    command: [sh, -c, exec /coredns]
  web:
    image: {WEB}
    command: [nginx]
"""


def chart_of(folder, values=VALUES):
    """A chart of two images, of which one runs a shell that its hardened image lacks."""
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: two\nversion: 0.1.0\n")
    (folder / "values.yaml").write_text(values)
    (folder / "templates/d.yaml").write_text(TEMPLATE)
    return folder
