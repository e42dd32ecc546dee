# Every command of this repository. `make help` lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

# Port of the local stack.
PORT ?= 4600
# Processes that `make test` uses.
WORKERS ?= 2
# First Python on the path that is new enough.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

DEV := .venv/.installed
STACK := .venvs/stack/.installed
SAM := .venvs/sam/.installed
LOCK := .venvs/lock/.installed
RUNTIME_LOCK := layers/dependencies/requirements.txt
UV := .venvs/lock/bin/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
	--no-emit-index-url --custom-compile-command 'make lock' $(UPGRADE)

.PHONY: help
help: ## List the commands.
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ Running

.PHONY: run
run: $(DEV) $(STACK) ## Run the whole application on this machine (PORT=4600).
	@exec .venv/bin/python -m tools.stack --port $(PORT)

.PHONY: demo
demo: $(DEV) $(STACK) ## See a hundred leads go through a sequence, in a minute instead of two days.
	@exec .venv/bin/python -m tools.demo

.PHONY: stop
stop: $(DEV) ## Stop the application that `make run` started, from another terminal.
	@.venv/bin/python -m tools.stack --stop

.PHONY: reset
reset: stop ## Forget the local state; the next `make run` begins with the sample data.
	@rm -rf .local

.PHONY: seed
seed: $(DEV) ## Load the sample data into the running application.
	@.venv/bin/python -m tools.cli seed

.PHONY: import-sqlite
import-sqlite: $(DEV) ## Move the predecessor's database here (DB=dev.db TARGET=local|stack, or a stack's name).
	@test -n "$(DB)" || { echo 'Say which file: make import-sqlite DB=path/to/dev.db' >&2; exit 2; }
	@case "$(TARGET)" in \
		''|local) unset RETENTION_URL RETENTION_STACK; set -- ;; \
		stack) set -- --stack "$${RETENTION_STACK:-retention-center}" ;; \
		*) set -- --stack "$(TARGET)" ;; \
	esac; test -t 0 || set -- "$$@" --yes; \
	exec .venv/bin/python -m tools.cli import-sqlite "$(DB)" "$$@" $(ARGS)

.PHONY: redrive
redrive: $(DEV) ## Move failed messages back into their queues (ARGS="--stack NAME --dry-run").
	@.venv/bin/python -m tools.cli redrive $(ARGS)

##@ Checking

.PHONY: test
test: $(DEV) $(STACK) ## Run the whole test suite (WORKERS=2); needs no network.
	@.venv/bin/python -m pytest -n $(WORKERS) --dist loadgroup

.PHONY: check
check: lint types template ## Run linters, types and template checks.

.PHONY: lint
lint: $(DEV)
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .

.PHONY: types
types: $(DEV)
	@.venv/bin/mypy

.PHONY: template
template: $(DEV) $(SAM)
	@SAM_CLI_TELEMETRY=0 .venvs/sam/bin/sam validate --lint --region us-east-1
	@.venv/bin/python -m pytest -q tests/infra

.PHONY: format
format: $(DEV) ## Format the code and fix what the linter can fix.
	@.venv/bin/ruff check --fix-only --quiet .
	@.venv/bin/ruff format .

.PHONY: prove-deletes
prove-deletes: $(DEV) $(STACK) ## Prove the delete rules with families of 10,000 children of each kind.
	@.venv/bin/python -m pytest -q --children 10000 --durations 10 tests/retention/deletion -k "not survives_death"

.PHONY: prove-races
prove-races: $(DEV) $(STACK) ## Prove the unique keys with 50 rounds of 100 threads each.
	@.venv/bin/python -m pytest -q --rounds 50 --durations 10 tests/retention/table/test_races.py

.PHONY: prove-hours
prove-hours: $(DEV) ## Prove contact windows in every time zone at every clock change of the next 12 years.
	@.venv/bin/python -m pytest -q --years 12 --durations 10 tests/retention/contactrules

.PHONY: prove-figures
prove-figures: $(DEV) $(STACK) ## Prove the figures with a random day of 20,000 events.
	@.venv/bin/python -m pytest -q --events 20000 --durations 10 tests/retention/stats/test_random_day.py

.PHONY: fuzz
fuzz: $(DEV) $(STACK) ## Fuzz every route of the running application for long.
	@.venv/bin/python -m tools.fuzz

.PHONY: bench-cold
bench-cold: $(DEV) $(SAM) ## Measure the cold start of each function.
	@.venv/bin/python -m tools.bench_cold

.PHONY: bench-engine
bench-engine: $(DEV) $(STACK) ## Measure the engine on a stack of its own: cost of a step, steps a second, lateness.
	@.venv/bin/python -m tools.bench_engine $(ARGS)

.PHONY: bench-campaign
bench-campaign: $(DEV) $(STACK) ## Measure how fast a campaign of 500 leads is out, on a stack of its own.
	@.venv/bin/python -m tools.bench_campaign $(ARGS)

.PHONY: bench-import
bench-import: $(DEV) $(STACK) ## Measure rates of what comes in and goes out, on stacks of their own, and compare both sides.
	@.venv/bin/python -m tools.bench_import $(ARGS)

.PHONY: bench-experiments
bench-experiments: $(DEV) ## Measure A/B tests: how often a winner is false, and how often one is found.
	@.venv/bin/python -m tools.bench_experiments $(ARGS)

##@ Making

.PHONY: build
build: $(SAM) ## Build what `sam deploy` uploads.
	@SAM_CLI_TELEMETRY=0 .venvs/sam/bin/sam build

.PHONY: docs
docs: $(DEV) ## Write the generated reference again.
	@.venv/bin/python -m tools.docs

.PHONY: lock
lock: $(LOCK) ## Compile the locks (UPGRADE=--upgrade takes newer versions).
	@for name in layers/dependencies/requirements requirements/dev requirements/stack requirements/sam requirements/lock; do \
		cp $$name.txt $$name.draft && $(UV) $$name.in -o $$name.draft || exit 1; \
		cmp -s $$name.draft $$name.txt && rm $$name.draft || mv $$name.draft $$name.txt; \
	done

.PHONY: install
install: $(DEV) $(STACK) $(SAM) ## Make all environments now, for work without a network later.

.PHONY: clean
clean: ## Remove environments, builds, caches and the local state.
	@if [ -f .local/run.lock ] && [ -x .venv/bin/python ]; then .venv/bin/python -m tools.stack --stop --quiet; fi
	@rm -rf .venv .venvs .local .aws-sam .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# An environment is made again when its lock is newer than the stamp inside it.
$(DEV): requirements/dev.txt $(RUNTIME_LOCK)
	@$(PYTHON) tools/environment.py $(@D) $<

$(STACK): requirements/stack.txt
	@$(PYTHON) tools/environment.py $(@D) $<

$(SAM): requirements/sam.txt
	@$(PYTHON) tools/environment.py $(@D) $<

$(LOCK): requirements/lock.txt
	@$(PYTHON) tools/environment.py $(@D) $<
