# `make run` does the main job, `make test` runs the suite; both set up what they need and can be repeated.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/pip --quiet

.PHONY: run test check format faults lock bench-judge clean

run: $(VENV)/.runtime
	$(BIN)/komainu demo

test: $(VENV)/.dev check
	$(BIN)/pytest -n 2 --dist loadgroup

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

faults: $(VENV)/.dev
	$(BIN)/python tests/faults.py

# What the embedded judge is worth and costs. The corpus, the bench and the public data are kept outside the checkout.
CORPUS ?= ../shared/policy-corpus
BENCH ?= ../shared/bench-dev
DATA ?= ../shared/data
BENCH_OPTIONS ?=
bench-judge: $(VENV)/.runtime
	$(BIN)/python benchmarks/bench_judge.py --corpus $(CORPUS) --bench $(BENCH) --data $(DATA) $(BENCH_OPTIONS)

# Each breakage of the environment is mended by its stamp: a changed lock file installs again.
$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "Komainu needs Python 3.11: set PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements/runtime.txt pyproject.toml | $(BIN)/python
	@echo "Installing pinned packages into $(VENV) (about a minute the first time)"
	$(PIP) install --require-hashes -r requirements/runtime.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.runtime
	@echo "Installing the development packages"
	$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

# Needs uv; the lock files carry hashes and name no index.
LOCK := uv pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --python-version 3.11
lock:
	$(LOCK) requirements/runtime.in -o requirements/runtime.txt
	$(LOCK) requirements/dev.in -o requirements/dev.txt

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
