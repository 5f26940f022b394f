{{- define "exporter.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- /* A probe: the custom one if there is one, else a request from inside the container. */ -}}
{{- define "exporter.probe" -}}
{{- if .custom -}}
{{ toYaml .custom }}
{{- else -}}
exec:
  command:
    - /bin/sh
    - -c
    - wget -q -O /dev/null http://localhost:{{ .port }}{{ .path }}
{{ toYaml (omit .probe "enabled") }}
{{- end -}}
{{- end -}}
