{{- define "cache.check" -}}
{{- $allowed := .Values.global.security.allowInsecureImages -}}
{{- $image := printf "%s/%s" (.Values.global.imageRegistry | default .Values.image.registry) .Values.image.repository -}}
{{- if and (ne $image "docker.io/valkey/valkey") (not $allowed) -}}
{{- fail (printf "unrecognized image %s: set global.security.allowInsecureImages to use it" $image) -}}
{{- end -}}
{{- end -}}
