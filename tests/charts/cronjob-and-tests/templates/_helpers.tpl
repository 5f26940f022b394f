{{- define "cache.image" -}}
{{ .registry }}/{{ .repository }}:{{ .tag }}
{{- end -}}
{{- define "cache.secrets" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
