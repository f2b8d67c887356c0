# Everything a newcomer or the CI calls. Needs GNU make, a POSIX shell, Python >= 3.11 and a package index for pip.
# Settings are passed through: `make demo PORT=9000 SHUKE_DATA=/tmp/shuke`, `DATABASE_URL=… make serve`.

VENV     := .venv
BIN      := $(VENV)/bin
PYTHON   ?=
# Two test processes: each makes a database of its own, and more only helps on larger machines.
JOBS     ?= 2
ROUNDS   ?= 3
ARGS     ?=
TYPED    := server tests $(wildcard examples benchmarks)

.DEFAULT_GOAL := help
.PHONY: help demo serve test check check-static format format-check lint types floors dependencies squawk \
        schema-drift migration-drift differential soak bench conformance clients lock install install-dev clean

help: ## Print this list
	@echo 'make <target> [PORT=8000] [SHUKE_DATA=.shuke] [DATABASE_URL=postgresql://…] [PYTHON=python3.12]'
	@echo
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' Makefile

# ------------------------------------------------------------------------------------------------------------- running

demo: install ## Start a PostgreSQL and a server, furnish the twelve systems of examples/, and print what to try
	$(BIN)/shuke demo $(ARGS)

serve: install ## Start the server: API and worker in one process, embedded PostgreSQL unless DATABASE_URL is set
	$(BIN)/shuke serve $(ARGS)

# ------------------------------------------------------------------------------------------------------------ checking

test: install-dev ## Run the tests on a real PostgreSQL they start themselves; ARGS goes to pytest, JOBS=0 is one process
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(ARGS)

check: check-static test ## What the CI runs: every check below, then the tests

check-static: format-check lint types floors dependencies squawk schema-drift migration-drift ## The checks without the tests

format-check: install-dev ## The code is formatted
	$(BIN)/ruff format --check .

lint: install-dev ## ruff's rules
	$(BIN)/ruff check .

types: install-dev ## mypy --strict
	$(BIN)/mypy --strict $(TYPED)

floors: install-dev ## Imports point down
	$(BIN)/lint-imports --no-logo

dependencies: install-dev ## What is imported is declared, and nothing else
	$(BIN)/deptry server

squawk: install-dev ## Lint the SQL of each migration (without the table Alembic keeps for itself)
	@before=base; for file in alembic/versions/[0-9]*.py; do \
	  revision=$$(basename $$file | cut -d_ -f1); \
	  $(BIN)/alembic upgrade $$before:$$revision --sql > $(VENV)/rendered.sql || exit 1; \
	  sed '/^CREATE TABLE alembic_version/,/;$$/d' $(VENV)/rendered.sql > $(VENV)/$$revision.sql; \
	  $(BIN)/squawk $(VENV)/$$revision.sql || exit 1; before=$$revision; \
	done

schema-drift: install-dev ## server/schema/schema.graphql is what the code says
	$(BIN)/shuke schema --check

migration-drift: install-dev ## The migrations make the tables that the code declares
	$(BIN)/shuke migrate --check

OPERATIONS ?= 10000
differential: install-dev ## Compare the planner with graphql-core: OPERATIONS=1000000 SEED=7, progress and a minimal failing case
	$(BIN)/python -m tests.differential.running --operations $(OPERATIONS) $(if $(SEED),--seed $(SEED)) $(ARGS)

soak: install-dev ## Tests that run for minutes, ROUNDS times
	@round=1; while [ $$round -le $(ROUNDS) ]; do \
	  echo "Round $$round of $(ROUNDS)"; $(BIN)/python -m pytest -m soak $(ARGS) || exit $$?; round=$$((round + 1)); \
	done

# Each of these narrows the run; without them it is complete, and writes docs/benchmarks.md.
BENCH = --rounds $(ROUNDS) $(if $(SECONDS),--seconds $(SECONDS)) $(if $(ONLY),--only $(ONLY)) $(if $(STRICT),--strict) \
        $(if $(filter undefined,$(origin PEERS)),,--peers '$(PEERS)')
bench: install-dev ## Measure beside PostGraphile, Mercurius and pgbench: SECONDS=3 ONLY=q1,q2 PEERS= STRICT=1 (needs Node.js)
	$(BIN)/python -m benchmarks.run $(BENCH) $(ARGS)

# npm works on a copy, so that what it makes (node_modules, a lock file) stays out of the clone's folders.
AUDITS := build/conformance
conformance: ## GraphQL-over-HTTP audits of a server that is up: URL=http://127.0.0.1:8000/graphql (needs Node.js and npm)
	@test -n '$(URL)' || { echo 'Which server? make conformance URL=http://127.0.0.1:8000/graphql (start one: make serve)'; exit 2; }
	@command -v npm > /dev/null || { echo 'The audits are JavaScript: install Node.js 20 or later with npm.'; exit 2; }
	@mkdir -p $(AUDITS)
	@cp tests/http/conformance/package.json tests/http/conformance/audit.mjs $(AUDITS)
	cd $(AUDITS) && npm install --ignore-scripts --no-audit --no-fund --silent && node audit.mjs '$(URL)'

CLIENTS := build/clients
clients: ## Apollo Client, urql, Relay, graphql-ws, graphql-sse against a server that is up: URL=… (needs Node.js and npm)
	@test -n '$(URL)' || { echo 'Which server? make clients URL=http://127.0.0.1:8000/graphql (start one: make serve)'; exit 2; }
	@command -v npm > /dev/null || { echo 'The clients are JavaScript: install Node.js 20 or later with npm.'; exit 2; }
	@mkdir -p $(CLIENTS)
	@cp -R tests/http/clients/. $(CLIENTS)
	@cp server/schema/schema.graphql $(CLIENTS)
	cd $(CLIENTS) && npm install --ignore-scripts --no-audit --no-fund --silent && npm run --silent relay > relay.log \
	  && node run.mjs '$(URL)'

# --------------------------------------------------------------------------------------------------------- maintaining

format: install-dev ## Format the code and repair what ruff can repair
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

# The only target that needs uv: it resolves for all platforms and Python versions at once. UPGRADE=--upgrade renews.
LOCK = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
       --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' $(UPGRADE)
lock: ## Lock the dependencies again after a change of pyproject.toml (needs uv; UPGRADE=--upgrade)
	$(LOCK) pyproject.toml -o requirements.lock
	$(LOCK) pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
	$(LOCK) --group build -o requirements-build.lock

clean: ## Remove the environment and the caches; data in .shuke stays
	rm -rf $(VENV) build *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find server tests alembic -name __pycache__ -type d -prune -exec rm -rf {} +

# ------------------------------------------------------------------------------------------------------------ setting up
# An environment is up to date when its stamp holds what it was made from: the locks, pyproject.toml (it names the
# command `shuke`) and the folder (scripts of a moved environment point to the old one). Comparing takes milliseconds.

install: ## Make .venv with what running needs (done by every target that needs it)
	@sh .ci/install $(VENV) requirements.lock '$(PYTHON)'

install-dev: install ## Make .venv with what checking needs
	@sh .ci/install $(VENV) requirements-dev.lock '$(PYTHON)'
