# Every target sets the environment up when it is missing or older than what it is made from.
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help demo test fuzz lint format types bench clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): pyproject.toml constraints.txt
	python3 -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

demo/run/bundle: | $(READY)
	$(BIN)/mvkt demo --out demo --overwrite

demo: $(READY)  ## train on simulated recordings, write report and bundle, diagnose one recording
	$(BIN)/mvkt demo --out demo --overwrite

test: $(READY)  ## run all tests
	$(BIN)/pytest

fuzz: $(READY)  ## look for files that break a reader, for SECONDS (60)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[fuzz]'
	$(BIN)/python fuzz/make_corpus.py build/fuzz
	$(BIN)/python fuzz/fuzz_formats.py -max_total_time=$(or $(SECONDS),60) -timeout=5 -rss_limit_mb=2048 build/fuzz

lint: $(READY)  ## check the code
	$(BIN)/ruff check .

format: $(READY)  ## format the code
	$(BIN)/ruff format .

types: $(READY)  ## check the types
	$(BIN)/mypy

bench: $(READY) demo/run/bundle  ## measure speed against peers
	$(BIN)/python benchmarks/preparing.py
	$(BIN)/python benchmarks/training.py
	$(BIN)/python benchmarks/diagnosing.py demo/run/bundle

clean:  ## remove what make made
	rm -rf $(VENV) demo dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
