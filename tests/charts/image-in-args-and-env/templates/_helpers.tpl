{{- define "operator.operandImage" -}}
{{ .Values.operand.image.registry }}/{{ .Values.operand.image.repository }}:{{ .Values.operand.image.tag }}
{{- end -}}
