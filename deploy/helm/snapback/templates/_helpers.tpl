{{- define "snapback.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{/* At most 40 characters, so that what is appended still makes a name. */}}
{{- define "snapback.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "snapback.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "snapback.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{- define "snapback.selectorLabels" -}}
app.kubernetes.io/name: {{ include "snapback.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "snapback.labels" -}}
{{ include "snapback.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "snapback.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (ternary (include "snapback.fullname" .) "default" .Values.serviceAccount.create) -}}
{{- end }}

{{- define "snapback.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end }}

{{/* A worker, with what it leaves out. */}}
{{- define "snapback.worker" -}}
{{- mergeOverwrite (deepCopy .root.Values.workerDefaults) (deepCopy .worker) | toYaml -}}
{{- end }}

{{/* Names of workers, without those that somebody has removed with `null`. */}}
{{- define "snapback.workerNames" -}}
{{- $names := list -}}
{{- range $name, $worker := .Values.workers -}}
{{- if $worker -}}{{- $names = append $names $name -}}{{- end -}}
{{- end -}}
{{- if not $names -}}{{- fail "workers: at least one is needed; without any nothing is ever captured or rolled back." -}}{{- end -}}
{{- $names | sortAlpha | join " " -}}
{{- end }}

{{/* Every directory below which a filestore may lie, of whichever pool: the API has to know them all, and mounts those of its own. A volume that is a filestore lies below what its path is in. */}}
{{- define "snapback.filestoreRoots" -}}
{{- $roots := list -}}
{{- range .Values.api.filestores -}}{{- $roots = append $roots (ternary (dir .mountPath) .mountPath (.isFilestore | default false)) -}}{{- end -}}
{{- range $name := splitList " " (include "snapback.workerNames" .) -}}
{{- $worker := include "snapback.worker" (dict "root" $ "worker" (get $.Values.workers $name)) | fromYaml -}}
{{- range $worker.filestores -}}{{- $roots = append $roots (ternary (dir .mountPath) .mountPath (.isFilestore | default false)) -}}{{- end -}}
{{- end -}}
{{- $roots | uniq | sortAlpha | join ":" -}}
{{- end }}

{{- define "snapback.fromSecret" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef:
      name: {{ .secret | quote }}
      key: {{ .key | quote }}
{{- end }}

{{/* What API and workers are told alike. `own` is the `config` of one kind of them, which goes first. */}}
{{- define "snapback.environment" -}}
{{- $v := .root.Values -}}
{{ include "snapback.fromSecret" (dict "name" "DATABASE_URL" "secret" $v.database.existingSecret "key" $v.database.key) }}
{{ include "snapback.fromSecret" (dict "name" "CREDENTIALS_KEY" "secret" $v.credentialsKey.existingSecret "key" $v.credentialsKey.key) }}
{{- with $v.tokens }}
{{- if .jwksUrl }}
- name: JWT_JWKS_URL
  value: {{ .jwksUrl | quote }}
{{- else }}
{{ include "snapback.fromSecret" (dict "name" "JWT_SECRET" "secret" .jwtSecret.existingSecret "key" .jwtSecret.key) }}
{{- end }}
- name: JWT_ISSUER
  value: {{ .issuer | quote }}
- name: JWT_AUDIENCE
  value: {{ .audience | quote }}
{{- end }}
- name: VAULT_MASTER_KEY_FILE
  value: /run/snapback/vault-master-key/key
{{- if $v.vault.s3.bucket }}
{{- with $v.vault.s3 }}
- name: VAULT_S3_BUCKET
  value: {{ .bucket | quote }}
{{- range $name, $value := dict "VAULT_S3_ENDPOINT" .endpoint "VAULT_S3_REGION" .region "VAULT_S3_PREFIX" .prefix "VAULT_S3_CHECKSUMS" .checksums "VAULT_S3_LOCK_DAYS" .lockDays "VAULT_S3_LOCK_MODE" .lockMode }}
{{- if $value }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}
{{- if kindIs "bool" .pathStyle }}
- name: VAULT_S3_PATH_STYLE
  value: {{ .pathStyle | quote }}
{{- end }}
{{- with .credentials }}
{{- if .existingSecret }}
{{ include "snapback.fromSecret" (dict "name" "AWS_ACCESS_KEY_ID" "secret" .existingSecret "key" .accessKeyIdKey) }}
{{ include "snapback.fromSecret" (dict "name" "AWS_SECRET_ACCESS_KEY" "secret" .existingSecret "key" .secretAccessKeyKey) }}
{{- end }}
{{- end }}
{{- end }}
{{- else }}
- name: VAULT_PATH
  value: /var/lib/snapback/vault
{{- end }}
{{- with $v.replica.credentials }}
{{- if .existingSecret }}
{{ include "snapback.fromSecret" (dict "name" "REPLICA_S3_ACCESS_KEY_ID" "secret" .existingSecret "key" .accessKeyIdKey) }}
{{ include "snapback.fromSecret" (dict "name" "REPLICA_S3_SECRET_ACCESS_KEY" "secret" .existingSecret "key" .secretAccessKeyKey) }}
{{- end }}
{{- end }}
- name: DATA_DIR
  value: /var/lib/snapback/data
# Not below it, where there is room for little.
- name: EXPORT_ROOT
  value: {{ ternary "/var/lib/snapback/exports" "/tmp/exports" (not (empty $v.exports.existingClaim)) }}
{{- with include "snapback.filestoreRoots" .root }}
- name: FILESTORE_ROOTS
  value: {{ . | quote }}
{{- end }}
{{- if $v.secretFiles.existingSecret }}
- name: SECRETS_ROOT
  value: /run/snapback/secrets
{{- end }}
{{- if $v.placesFile.existingConfigMap }}
- name: PLACES_FILE
  value: /run/snapback/places/places.yaml
{{- end }}
- name: METRICS_HOST
  value: 0.0.0.0
- name: METRICS_PORT
  value: "9464"
{{- range $name, $value := mergeOverwrite (deepCopy $v.config) .own }}
- name: {{ $name }}
  value: {{ ternary ($value | toString) ($value | toJson) (kindIs "string" $value) | quote }}
{{- end }}
{{- end }}

{{- define "snapback.environmentFrom" -}}
{{- range .Values.environmentSecrets }}
- secretRef:
    name: {{ . | quote }}
{{- end }}
{{- end }}

{{/* All that is ever written to, and what is only read. */}}
{{- define "snapback.volumeMounts" -}}
- { name: temporary, mountPath: /tmp }
- { name: data, mountPath: /var/lib/snapback/data }
- { name: vault-master-key, mountPath: /run/snapback/vault-master-key, readOnly: true }
{{- if not .root.Values.vault.s3.bucket }}
- { name: vault, mountPath: /var/lib/snapback/vault }
{{- end }}
{{- if .root.Values.exports.existingClaim }}
- { name: exports, mountPath: /var/lib/snapback/exports }
{{- end }}
{{- if .root.Values.secretFiles.existingSecret }}
- { name: secret-files, mountPath: /run/snapback/secrets, readOnly: true }
{{- end }}
{{- if .root.Values.placesFile.existingConfigMap }}
- { name: places, mountPath: /run/snapback/places, readOnly: true }
{{- end }}
{{- range .filestores }}
- name: filestore-{{ .name }}
  mountPath: {{ .mountPath | quote }}
{{- end }}
{{- end }}

{{- define "snapback.volumes" -}}
- name: temporary
  emptyDir: { sizeLimit: {{ .temporarySpace | quote }} }
- name: data
  emptyDir: { sizeLimit: 64Mi }
- name: vault-master-key
  secret:
    secretName: {{ .root.Values.vault.masterKey.existingSecret | quote }}
    items: [{ key: {{ .root.Values.vault.masterKey.key | quote }}, path: key }]
{{- if not .root.Values.vault.s3.bucket }}
- name: vault
  persistentVolumeClaim: { claimName: {{ .root.Values.vault.persistentVolumeClaim.existingClaim | quote }} }
{{- end }}
{{- if .root.Values.exports.existingClaim }}
- name: exports
  persistentVolumeClaim: { claimName: {{ .root.Values.exports.existingClaim | quote }} }
{{- end }}
{{- if .root.Values.secretFiles.existingSecret }}
- name: secret-files
  secret: { secretName: {{ .root.Values.secretFiles.existingSecret | quote }} }
{{- end }}
{{- if .root.Values.placesFile.existingConfigMap }}
- name: places
  configMap:
    name: {{ .root.Values.placesFile.existingConfigMap | quote }}
    items: [{ key: {{ .root.Values.placesFile.key | quote }}, path: places.yaml }]
{{- end }}
{{- range .filestores }}
- name: filestore-{{ .name }}
  {{- if .existingClaim }}
  persistentVolumeClaim: { claimName: {{ .existingClaim | quote }} }
  {{- else }}
  {{- toYaml .volume | nindent 2 }}
  {{- end }}
{{- end }}
{{- end }}

{{/* `fsGroup` is left out: it would give the application's files another group. */}}
{{- define "snapback.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: {{ .runAsUser }}
runAsGroup: {{ .runAsGroup }}
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "snapback.securityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/* What a pod has that is neither its containers nor its security. */}}
{{- define "snapback.scheduling" -}}
{{- with .pod.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .pod.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .pod.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .pod.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with .pod.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- range . }}
  - {{- mergeOverwrite (dict "labelSelector" (dict "matchLabels" $.labels)) . | toYaml | nindent 4 }}
  {{- end }}
{{- end }}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
{{- end }}
