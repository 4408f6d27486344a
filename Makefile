# Brevdue: `make demo` shows it, `make test` proves it. Both set up everything they need.
PYTHON ?= python3
VENV ?= .venv
SAM_VENV ?= .sam-venv
BIN := $(VENV)/bin
# uv reads the system's certificates, as pip does.
export UV_SYSTEM_CERTS := 1
export SAM_CLI_TELEMETRY := 0
UV := $(BIN)/uv --quiet

.DEFAULT_GOAL := help
.PHONY: help setup demo up test month months bench check lint types template docs look sam-build lock clean

help: ## List the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.ready ## Make the virtual environment, from the lock files

$(VENV)/.ready: requirements/uv.txt requirements/dev.txt functions/requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Brevdue needs Python 3.11 or newer; call make with PYTHON=python3.13, say")'
	@echo "setting up $(VENV) with $$($(PYTHON) --version) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@$(UV) pip sync --python $(BIN)/python --require-hashes requirements/dev.txt
	@$(UV) pip install --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup ## Run the main job on the embedded stack with the sample batch
	@$(BIN)/brevdue demo

up: setup ## Serve the embedded stack on loopback, with senders and a register
	@$(BIN)/brevdue up --sample

test: setup ## Run the tests
	@$(BIN)/python -m pytest -n auto --dist worksteal

month: setup ## Play a month against a plain model (SEED=n, DAYS=n, LETTERS=n)
	@PYTHONHASHSEED=0 $(BIN)/python -m tests.simulation.month $(if $(SEED),--seed $(SEED)) $(if $(DAYS),--days $(DAYS)) $(if $(LETTERS),--letters $(LETTERS))

months: setup ## Play short months of seeds that nobody chose (SEEDS=n, DAYS=n, LETTERS=n)
	@PYTHONHASHSEED=0 $(BIN)/python -m tests.simulation.month --seeds $(or $(SEEDS),10) --days $(or $(DAYS),5) --letters $(or $(LETTERS),40)

bench: setup ## Show what the fallback job and a check cost
	@$(BIN)/python -m bench.due
	@$(BIN)/python -m bench.check

check: lint types template ## Lint, type-check and validate the template

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: setup
	@$(BIN)/mypy

template: setup $(SAM_VENV)/.ready
	@$(BIN)/cfn-lint template.yaml
	@$(SAM_VENV)/bin/sam validate --lint --template template.yaml --region eu-north-1

$(SAM_VENV)/.ready: requirements/sam.txt $(VENV)/.ready
	@$(PYTHON) -m venv --clear $(SAM_VENV)
	@$(UV) pip sync --python $(SAM_VENV)/bin/python --require-hashes requirements/sam.txt
	@touch $@

sam-build: $(SAM_VENV)/.ready ## Build what Lambda ships (needs python3.13)
	@$(SAM_VENV)/bin/sam build --template template.yaml

docs: setup ## Write docs/rules.md and the table of docs/senders-guide.md from the code
	@$(BIN)/python docs/make_rules.py
	@$(BIN)/python docs/make_columns.py

look: setup ## Check the batch report in Chromium and take its pictures (PICTURES=folder)
	@$(BIN)/python docs/make_pictures.py $(PICTURES)

lock: setup ## Lock the dependencies anew, with hashes and without index addresses
	@$(BIN)/python requirements/lock.py

clean: ## Remove what the other targets made
	rm -rf $(VENV) $(SAM_VENV) .aws-sam .mypy_cache .pytest_cache .ruff_cache .hypothesis demo
