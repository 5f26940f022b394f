{{- define "harbor.redis.cred" -}}
{{- with .Values.redis.external -}}
{{- if .existingSecret }}:{{ (lookup "v1" "Secret" $.Release.Namespace .existingSecret).data.REDIS_PASSWORD | b64dec }}@{{ else if .password }}{{ .username }}:{{ .password }}@{{ end -}}
{{- end -}}
{{- end -}}
{{- define "harbor.redis" -}}
{{- if eq .Values.redis.type "internal" -}}redis://{{ .Release.Name }}-redis:6379
{{- else -}}redis://{{ include "harbor.redis.cred" . }}{{ .Values.redis.external.addr }}{{- end -}}
{{- end -}}
