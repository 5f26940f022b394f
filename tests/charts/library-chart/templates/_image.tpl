{{- define "library.image" -}}
{{ .repository }}:{{ .tag }}
{{- end -}}
