{{- define "common.image" -}}
{{- $parts := list .registry .repository -}}
{{ join "/" (compact $parts) }}:{{ .tag }}
{{- end -}}
