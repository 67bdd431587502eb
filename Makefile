# Everything here is a `seehaus` subcommand or one tool of the locked environment in .venv/.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo up run test test-long check fix docs docs-check lock wheel-check clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ENV := PIP_DISABLE_PIP_VERSION_CHECK=1 UV_NO_PROGRESS=1
# Where this is set to something, every process compiles all of Dagster, dbt and dlt anew: ten seconds.
export PYTHONDONTWRITEBYTECODE :=

help: ## Show this list
	@grep -hE '^[a-z-]+:.*?## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort | expand -t 14

$(BIN)/uv: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "seehaus needs Python 3.11 or newer: apt install python3, or make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
		{ rm -rf $(VENV); echo "seehaus needs Python's venv module: apt install python3-venv" >&2; exit 1; }
	@awk '/^uv==/ {on = 1} on {print} on && !/\\$$/ {exit}' requirements.lock > $(VENV)/uv.txt
	@$(ENV) $(BIN)/python -m pip install -q --require-hashes --no-deps -r $(VENV)/uv.txt
	@touch $@

# One stamp per lock: the environment for tests holds the other one whole, so demo after test installs nothing.
$(VENV)/.runtime: $(BIN)/uv requirements.lock pyproject.toml
	@echo "seehaus: installing the locked environment into $(VENV)/ …"
	@$(ENV) $(BIN)/uv pip sync -q --require-hashes --python $(BIN)/python requirements.lock
	@$(ENV) $(BIN)/uv pip install -q --no-deps --no-build-isolation --python $(BIN)/python -e .
	@rm -f $(VENV)/.dev && touch $@

$(VENV)/.dev: $(BIN)/uv requirements-dev.lock requirements.lock pyproject.toml
	@echo "seehaus: installing the locked environment with the tools for tests into $(VENV)/ …"
	@$(ENV) $(BIN)/uv pip sync -q --require-hashes --python $(BIN)/python requirements-dev.lock
	@$(ENV) $(BIN)/uv pip install -q --no-deps --no-build-isolation --python $(BIN)/python -e .
	@touch $(VENV)/.runtime $@

setup: $(VENV)/.runtime ## Install the locked environment into .venv/

setup-dev: $(VENV)/.dev ## The same with the tools for tests and checks

demo: setup ## Set everything up and do the whole job once, end to end
	@$(BIN)/seehaus demo

up: setup ## The same, left running: Dagster UI, CKAN portal, search page
	@$(BIN)/seehaus up

run: setup ## The production run against the cities' real servers
	@$(BIN)/seehaus run

test: setup-dev ## Set everything up and run all tests (.ci/run calls exactly this)
	@$(BIN)/pytest -m "not long" -n 2 --no-loadscope-reorder

test-long: setup-dev ## The tests of several whole runs one after another: kills, outages, held-back cities
	@$(BIN)/pytest -m long

check: setup-dev ## ruff, mypy strict, import-linter, sqlfluff, yamllint, city files, generated docs
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check -q .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@cd transforms && ../$(BIN)/sqlfluff lint -q .
	@$(BIN)/yamllint -s .
	@$(BIN)/seehaus city check
	@$(BIN)/seehaus docs --check

fix: setup-dev ## Format the code and mend what the linters can
	@$(BIN)/ruff check --fix -q .
	@$(BIN)/ruff format -q .

docs: setup ## Write the generated pages of docs/ again
	@$(BIN)/seehaus docs

docs-check: setup ## Fail when a generated page is out of date
	@$(BIN)/seehaus docs --check

lock: $(BIN)/uv ## Resolve all requirements again (versions only move where they must)
	@$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate -q \
		--custom-compile-command "make lock" --extra setup pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate -q \
		--custom-compile-command "make lock" --extra setup --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	@$(BIN)/python -m catalog.portal.relock

wheel-check: setup-dev ## Build the wheel, install it elsewhere and use it there
	@$(BIN)/pytest -q -p no:cacheprovider tests/e2e/test_wheel.py

clean: ## Remove the environment and all data of this machine
	@if [ -x $(BIN)/seehaus ]; then $(BIN)/seehaus portal down || true; fi
	rm -rf $(VENV) data dist transforms/target transforms/logs
