# Everything a newcomer needs. `make help` lists the targets.
# Models and the server's own data lie in ./data, downloaded test material in ./.cache; both are ignored by git.

DATA_DIR ?= data
LISTEN ?= 127.0.0.1:8080
# A PostgreSQL database to use instead of a file: make run DATABASE_URL=postgres://user:password@host:5432/vultus
DATABASE_URL ?= $(VULTUS_DATABASE_URL)
export VULTUS_DATA_DIR := $(DATA_DIR)

.DEFAULT_GOAL := help
.PHONY: help run test web lint fmt bench fuzz models setup setup-test clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

run: export VULTUS_DATABASE_URL := $(DATABASE_URL)
run: setup web ## Build, install the models and start the server
	cargo build --release --locked --bin vultus
	./target/release/vultus models install
	exec ./target/release/vultus serve --listen $(LISTEN) --first-account demo

test: setup-test web ## Run every test (installs models and test photos first)
	cargo build --workspace --lib --bins --tests --locked
	./target/debug/vultus models install
	cargo test --workspace --lib --bins --tests --locked --no-fail-fast
	./scripts/schemathesis.sh
	cargo check --manifest-path fuzz/Cargo.toml --target-dir target/fuzz --locked
	npm --prefix web run check
	npm --prefix web test
	npm --prefix web run test:browser

# The console's build is skipped while nothing that it is made of has changed.
WEB_SOURCES := $(shell find web/console web/docs web/public web/src -type f 2>/dev/null)

web: web/dist/console/index.html ## Build the console

web/dist/console/index.html: web/node_modules/.package-lock.json web/vite.config.ts web/tsconfig.json $(WEB_SOURCES)
	npm --prefix web run build

web/node_modules/.package-lock.json: web/package.json web/package-lock.json | setup
	npm --prefix web ci

lint: ## Check formatting, lints and documentation
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --all-features --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked

fmt: ## Format the sources
	cargo fmt --all

bench: setup-test ## Run the benchmarks (a few minutes)
	cargo build --release --locked --bin vultus
	./target/release/vultus models install
	cargo bench --locked --workspace

fuzz: ## Run every fuzz target for FUZZ_SECONDS (default 300); needs cargo-fuzz and a nightly toolchain
	./scripts/fuzz.sh

models: setup ## Install the default models only
	cargo build --release --locked --bin vultus
	./target/release/vultus models install

setup:
	@./scripts/setup.sh

setup-test:
	@./scripts/setup.sh test

clean: ## Remove build output and downloaded test material (keeps ./data)
	cargo clean
	rm -rf .cache fuzz/target web/dist web/node_modules web/artifacts
