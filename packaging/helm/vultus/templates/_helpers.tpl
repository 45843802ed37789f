{{- define "vultus.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "vultus.fullname" -}}
{{- $name := include "vultus.name" . -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "vultus.selectorLabels" -}}
app.kubernetes.io/name: {{ include "vultus.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "vultus.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{ include "vultus.selectorLabels" . }}
{{- end -}}

{{- define "vultus.keySecret" -}}
{{- if .Values.serverKey.existingSecret -}}
{{- .Values.serverKey.existingSecret -}}
{{- else if .Values.serverKey.base64 -}}
{{- printf "%s-key" (include "vultus.fullname" .) -}}
{{- end -}}
{{- end -}}

{{- define "vultus.image" -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}

{{- define "vultus.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "vultus.checkReplicas" -}}
{{- if gt (int .Values.replicas) 1 -}}
{{- if not .Values.database.existingSecret -}}
{{- fail "several replicas need a database that they share: database.existingSecret" -}}
{{- end -}}
{{- if not (include "vultus.keySecret" .) -}}
{{- fail "several replicas need the same key: serverKey.existingSecret or serverKey.base64" -}}
{{- end -}}
{{- $names := list -}}
{{- range .Values.env -}}{{- $names = append $names .name -}}{{- end -}}
{{- if not (or (has "VULTUS_BLOBS_URL" $names) (regexMatch "(?m)^\\s*\\[blobs\\]" .Values.config)) -}}
{{- fail "several replicas need a bucket that they share: VULTUS_BLOBS_URL in env, or [blobs] in config" -}}
{{- end -}}
{{- end -}}
{{- end -}}
