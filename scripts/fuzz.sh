#!/usr/bin/env bash
# Runs every fuzz target, one after the other (or JOBS at a time), for FUZZ_SECONDS each.
# Needs cargo-fuzz and a nightly toolchain.
set -euo pipefail
cd "$(dirname "$0")/../fuzz"

seconds="${FUZZ_SECONDS:-300}"
jobs="${JOBS:-1}"

cargo +nightly fuzz build
cargo +nightly fuzz list | xargs -P "$jobs" -I '{}' \
  cargo +nightly fuzz run '{}' -- -max_total_time="$seconds" -rss_limit_mb=1024 -timeout=10 -print_final_stats=1
