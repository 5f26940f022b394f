{{- define "shared.all" -}}
{{- $values := mergeOverwrite (deepCopy .Values.shared) .Values -}}
{{- range $name, $workload := $values.workloads }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $.Release.Name }}-{{ $name }}
spec:
  selector:
    matchLabels:
      app: {{ $name }}
  template:
    metadata:
      labels:
        app: {{ $name }}
    spec:
      {{- with $values.podOptions }}
      {{- with .imagePullSecrets }}
      imagePullSecrets: {{ toYaml . | nindent 8 }}
      {{- end }}
      {{- with .securityContext }}
      securityContext: {{ toYaml . | nindent 8 }}
      {{- end }}
      {{- end }}
      containers:
        {{- range $part, $container := $workload.parts }}
        - name: {{ $part }}
          image: {{ $container.image.repository }}:{{ $container.image.tag }}
          {{- with $container.securityContext }}
          securityContext: {{ toYaml . | nindent 12 }}
          {{- end }}
          {{- with $container.probes }}
          livenessProbe: {{ toYaml .liveness.spec | nindent 12 }}
          {{- end }}
        {{- end }}
{{- end }}
{{- with $values.service }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ $.Release.Name }}
spec:
  selector:
    app: main
  ports:
    - port: 80
      targetPort: {{ .port }}
{{- end }}
{{- end }}
