#!/usr/bin/env bash
# Sends made-up requests to the built server, by its own OpenAPI documents, and holds every answer against them: no
# answer may be a server error or differ from its description. Real models and a real photo take part; nothing but
# loopback is asked for anything. Usage: schemathesis.sh [DOCUMENT...]   (all by default)
#
# VULTUS_BINARY     the server (default: target/debug/vultus)
# VULTUS_MODELS_DIR where the models are (default: data/models)
# EXAMPLES          requests made up for each operation (default: 12)
# SEED              where the making-up begins (default: 1)
set -euo pipefail
cd "$(dirname "$0")/.."

package='schemathesis==4.32.5'
documents=("$@")
[ "${#documents[@]}" -gt 0 ] || documents=(kairos kairos-media findface perse idv machinesense)
binary="${VULTUS_BINARY:-${CARGO_TARGET_DIR:-target}/debug/vultus}"
models="${VULTUS_MODELS_DIR:-data/models}"
examples="${EXAMPLES:-12}"
seed="${SEED:-1}"

venv=.cache/venv
if [ "$(cat "$venv/complete" 2>/dev/null)" != "$package" ]; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check "$package"
  echo "$package" >"$venv/complete"
fi

work="$(mktemp -d)"
server=
cleanup() {
  if [ -n "$server" ]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap cleanup EXIT

export VULTUS_MODELS_DIR="$models" VULTUS_DATA_DIR="$work/data"
unset VULTUS_CONFIG
port="$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"
base="http://127.0.0.1:$port"
"$binary" accounts create fuzzed --json >"$work/credentials.json"
"$binary" serve --listen "127.0.0.1:$port" --no-cameras >"$work/server.log" 2>&1 &
server=$!
for _ in $(seq 300); do
  curl --silent --fail --output /dev/null "$base/readyz" && break
  kill -0 "$server" || { cat "$work/server.log" >&2; exit 1; }
  sleep 0.2
done

credential() { # credential NAME...   its path in what `accounts create` printed
  python3 -c 'import json, sys
value = json.load(open(sys.argv[1]))
for name in sys.argv[2:]: value = value[name]
print(value)' "$work/credentials.json" "$@"
}

export VULTUS_PHOTO="${VULTUS_PHOTO:-.cache/photos/sample1.jpg}"
export SCHEMATHESIS_HOOKS=schemathesis_hooks
export PYTHONPATH="scripts${PYTHONPATH:+:$PYTHONPATH}"
failed=()
for name in "${documents[@]}"; do
  headers=() url="$base" filter=()
  case "$name" in
    kairos | kairos-media | idv)
      headers=(--header "app_id: $(credential kairos app_id)" --header "app_key: $(credential kairos app_key)") ;;
    findface)
      headers=(--header "Authorization: Token $(credential findface token)") url="$base/v1"
      filter=(--exclude-path-regex "^/docs") ;; # which have no version
    perse)
      headers=(--header "x-api-key: $(credential perse api_key)") ;;
    machinesense)
      VULTUS_API_KEY="$(credential machinesense api_key)" && export VULTUS_API_KEY ;;
  esac
  curl --silent --fail "$base/docs/openapi/$name.json" >"$work/$name.json"
  started="$(date +%s)"
  echo "== $name"
  "$venv/bin/schemathesis" run "$work/$name.json" --url "$url" "${headers[@]}" "${filter[@]}" \
    --phases coverage,fuzzing --max-examples "$examples" --seed "$seed" --generation-database none --no-shrink \
    --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,response_headers_conformance \
    --suppress-health-check all --request-timeout 60 --warnings off --continue-on-failure --no-color \
    >"$work/$name.log" 2>&1 || failed+=("$name")
  tail -n 25 "$work/$name.log"
  echo "   $(($(date +%s) - started)) s"
done
kill -0 "$server" || { echo "the server is gone" >&2; tail -n 20 "$work/server.log" >&2; exit 1; }
if grep -q '"a handler panicked"\|panicked at' "$work/server.log"; then
  echo "the server panicked" >&2
  grep -m 5 'panicked' "$work/server.log" >&2
  exit 1
fi
if [ "${#failed[@]}" -gt 0 ]; then
  mkdir -p .cache/schemathesis
  cp "$work"/*.log .cache/schemathesis/
  echo "schemathesis: not as documented: ${failed[*]}; see .cache/schemathesis" >&2
  exit 1
fi
