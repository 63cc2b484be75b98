# Needs Python 3.11 to 3.13, make and git. Every target installs what it needs into .venv.
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup demo dev test check lint types layers contracts unit integration e2e simulate prove sweep mutants model fuzz chaos bench up down \
  logs diagrams fmt lock clean

SHELL := /bin/sh
# Tests and demo start many processes; each would compile everything anew where the environment forbids to keep it.
unexport PYTHONDONTWRITEBYTECODE
MEMBERS := money contracts chassis $(addprefix services/,order inventory payment fulfillment billing) simulators deploy/embedded
PY := .venv/bin/python
UV := .venv/bin/uv
READY := .venv/.ready

BASKETS ?= 500
SEED ?= 1
WEEKS ?=
STACK ?= embedded
SEEDS ?= 200
ROUNDS ?= 3
ONLY ?=
PROFILE ?=
FIRST ?= 0
PAIRS ?= 200
INPUTS ?= 210000
LONG ?=
ARGS ?=

help: ## This list
	@awk 'BEGIN {FS = ":[^#]*## "} /^[a-z0-9]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' Makefile

setup: $(READY) ## Create .venv with every pinned package (PYTHON=... chooses the interpreter)

$(READY): requirements.lock $(MEMBERS:%=%/pyproject.toml)
	@.venv/bin/python -c '' 2>/dev/null || { \
	  found=; \
	  for python in $(PYTHON) python3.13 python3.12 python3.11 python3; do \
	    if "$$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then found=$$python; break; fi; \
	  done; \
	  if [ -z "$$found" ]; then \
	    echo "setup: no Python 3.11, 3.12 or 3.13 found. Install one (Debian: apt install python3 python3-venv; macOS: brew install python@3.13)" >&2; \
	    echo "setup: or name it: make setup PYTHON=/path/to/python3" >&2; exit 1; \
	  fi; \
	  echo "setup: creating .venv with $$("$$found" --version)"; \
	  rm -rf .venv; \
	  "$$found" -m venv .venv || { rm -rf .venv; echo "setup: $$found has no working venv module (Debian: apt install python3-venv)" >&2; exit 1; }; \
	}
	@echo "setup: installing the pinned packages (the first time takes a minute)"
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > .venv/uv.txt
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r .venv/uv.txt
	@$(UV) pip install --quiet --python $(PY) --require-hashes -r requirements.lock
	@$(UV) pip install --quiet --python $(PY) --no-deps --no-build-isolation $(addprefix -e ./,$(MEMBERS))
	@touch $@

demo: $(READY) $(if $(WEEKS),.venv/.baskets) $(shell [ "$(BASKETS)" -le 2000 ] 2>/dev/null || echo .venv/.baskets) ## Replay real baskets through the whole system (BASKETS=500 SEED=1 WEEKS=a-b STACK=embedded|compose)
	@$(PY) -m simulators demo --baskets $(BASKETS) --seed $(SEED) --stack $(STACK) $(if $(WEEKS),--weeks $(WEEKS))

.venv/.baskets: $(READY) requirements-baskets.lock
	@echo "setup: installing the full data set"
	@$(UV) pip install --quiet --python $(PY) --require-hashes -r requirements-baskets.lock
	@touch $@

dev: $(READY) ## Keep the stack and the services up for work by hand; prints the addresses
	@$(PY) -m simulators dev

test: unit integration simulate e2e ## All tests; on Docker when it answers, else on the embedded stack (ORDERSAGA_STACK=embedded|containers decides)

check: lint types layers contracts test prove ## What CI runs, but for 2,000 simulated histories, chaos and the containers

lint: $(READY) ## Lint and format check (ruff)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

types: $(READY) ## Type check (mypy --strict)
	$(PY) -m mypy

layers: $(READY) ## Check who imports whom (import-linter)
	.venv/bin/lint-imports --no-logo

contracts: $(READY) ## Check that schemas are fresh and compatible
	$(PY) -m contracts check

unit: $(READY) ## Tests without I/O, the house rules and scenario simulations
	$(PY) -m pytest -m "unit or simulation" $(ARGS)

integration: $(READY) ## Tests on real PostgreSQL, Valkey and Kafka
	$(PY) -m pytest -m integration $(ARGS)

e2e: $(READY) ## Tests on the running services
	$(PY) -m pytest -m e2e $(ARGS)

simulate: ORDERS ?= 20
simulate: $(READY) ## Deterministic simulation of all services (SEEDS=200 ORDERS=20 FIRST=0)
	PYTHONPATH=tests $(PY) -m simulation --seeds $(SEEDS) --orders $(ORDERS) --first $(FIRST)

prove: model mutants sweep fuzz ## The proofs that need no stack under fire

model: $(READY) ## Model check: every order of events of one order, then defects in the tables
	PYTHONPATH=tests $(PY) -m model
	PYTHONPATH=tests $(PY) -m model --mutants

mutants: $(READY) ## Put defects into chassis and services; each must be found out by the simulation
	PYTHONPATH=tests:chassis/tests $(PY) -m simulation.mutants

sweep: $(READY) ## A crash at every step of scripted sagas, and at pairs of steps (PAIRS=200|all)
	PYTHONPATH=tests $(PY) -m simulation.sweep --pairs $(PAIRS)

fuzz: $(READY) ## Bad input for everything that takes input (INPUTS=210000 SEED=1)
	PYTHONPATH=tests $(PY) -m fuzz --inputs $(INPUTS) --seed $(SEED)

chaos: $(READY) ## Chaos on real processes, short form (LONG=1 for everything, SEED=1)
	PYTHONPATH=tests $(PY) -m chaos $(if $(LONG),--long) --seed $(SEED) $(ARGS)

bench: ORDERS ?= 4000
bench: $(READY) .venv-bench/.ready ## The same orders through us and our peers, one table (ROUNDS=3 ORDERS=4000 ONLY=name,name PROFILE=1 ARGS="--target latency")
	@$(PY) -m bench --rounds $(ROUNDS) --orders $(ORDERS) $(if $(ONLY),--only $(ONLY)) $(if $(PROFILE),--profile) $(ARGS)

# The peers of the bench: their packages and servers, beside ours and pinned as ours are.
.venv-bench/.ready: requirements-bench.lock bench/engines/servers/package-lock.json | $(READY)
	@echo "setup: installing the peers of the bench into .venv-bench (half a gigabyte)"
	@rm -rf .venv-bench
	@$(PY) -m venv --without-pip .venv-bench
	@$(UV) pip install --quiet --python .venv-bench/bin/python --require-hashes -r requirements-bench.lock
	@mkdir .venv-bench/servers && cp bench/engines/servers/package*.json .venv-bench/servers
	@if command -v npm > /dev/null; then npm ci --prefix .venv-bench/servers --ignore-scripts --no-audit --no-fund --loglevel error; \
	  else echo "setup: no npm, so that Restate has no server here and the bench goes without it" >&2; fi
	@touch $@

up: .env ## Build the image, start the compose stack and wait until it is healthy
	docker compose build
	docker compose up --detach --wait

down: .env ## Stop the compose stack and drop its data
	docker compose down --volumes --remove-orphans

logs: .env ## Follow the logs of the compose stack
	docker compose logs --follow --tail 100

# The secrets of the compose stack, drawn once.
.env: | $(READY)
	@$(PY) -m embedded secrets --like .env.example --to .env

diagrams: $(READY) ## Draw docs/diagrams from the state tables
	PYTHONPATH=tests $(PY) -m house.diagrams

fmt: $(READY) ## Format and fix what can be fixed
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

COMPILE = $(UV) pip compile --quiet --generate-hashes --universal --no-emit-index-url --no-annotate --python-version 3.11 \
  --custom-compile-command "make lock" $(foreach m,$(MEMBERS),--no-emit-package ordersaga-$(notdir $(m)))

lock: $(READY) ## Rewrite the lock files from the members' dependencies (ARGS=--upgrade for new versions)
	$(COMPILE) --group pyproject.toml:dev $(MEMBERS:%=%/pyproject.toml) --output-file requirements.lock $(ARGS)
	$(COMPILE) $(patsubst %,%/pyproject.toml,$(filter-out deploy/embedded,$(MEMBERS))) --constraint requirements.lock --output-file deploy/runtime.lock $(ARGS)
	$(COMPILE) --extra baskets simulators/pyproject.toml --constraint requirements.lock --output-file requirements-baskets.lock $(ARGS)
	$(COMPILE) bench/engines/requirements.in --constraint requirements.lock --output-file requirements-bench.lock $(ARGS)

clean: ## Remove .venv, caches and build output
	rm -rf .venv .venv-bench .cache .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
