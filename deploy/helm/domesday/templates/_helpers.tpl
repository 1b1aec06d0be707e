{{- define "domesday.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "domesday.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains (include "domesday.name" .) .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "domesday.name" .) | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "domesday.selector" -}}
app.kubernetes.io/name: {{ include "domesday.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "domesday.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "domesday.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "domesday.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "domesday.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "domesday.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{/* domesday.toml: a table for each section; texts, numbers and truths are written alike in TOML and JSON. */}}
{{- define "domesday.toml" -}}
{{- range $section, $keys := .Values.config }}
[{{ $section }}]
{{- range $key, $value := $keys }}
{{- if kindIs "float64" $value }}
{{ $key }} = {{ int64 $value }}
{{- else }}
{{ $key }} = {{ toRawJson $value }}
{{- end }}
{{- end }}
{{ end }}
{{- if .Values.schema }}
{{- if (.Values.config).schema }}{{ fail "schema names a schema, and so does config.schema: leave one out" }}{{ end }}
[schema]
file = "/etc/domesday/schema.toml"
{{ end }}
{{- .Values.extraConfig }}
{{- end }}
