# Every target sets the environment up when it is missing or older than what it is made from.
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PTB_XL ?= ../shared/data/ptb-xl-subset
STRIPS ?= ../shared/data/cinc2017-part

.DEFAULT_GOAL := help
.PHONY: help demo serve students test test-avx2 test-browser test-board docs fuzz lint format types bench board container sbom clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): pyproject.toml constraints.txt
	python3 -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

demo: $(READY)  ## train on simulated recordings, write report and bundle, diagnose one recording
	$(BIN)/mvkt demo --out demo --overwrite

serve: $(READY)  ## show recordings and their findings on a local page
	$(BIN)/mvkt serve --open

students: $(READY)  ## train the students in the box again, the same bytes on the same machine
	$(BIN)/mvkt corpus prepare ptb-xl $(PTB_XL) --out students/corpus --overwrite
	for name in 12-lead limb lead-I lead-II; do \
	  OMP_NUM_THREADS=1 $(BIN)/mvkt train $$name --corpus students/corpus --out students/$$name --resume && \
	  $(BIN)/mvkt export students/$$name --precision int8 --corpus students/corpus --out src/mvkt/students/$$name || exit 1; \
	done
	$(BIN)/mvkt corpus prepare cinc2017 $(STRIPS) --window-seconds 30 --hop-seconds 30 --out students/strips --overwrite
	OMP_NUM_THREADS=1 $(BIN)/mvkt train device-start --corpus students/corpus --out runs/start --resume
	OMP_NUM_THREADS=1 $(BIN)/mvkt train device --corpus students/strips --out students/device --set student.start=runs/start --resume
	$(BIN)/mvkt export students/device --precision int8 --corpus students/strips --out src/mvkt/students/device
	$(BIN)/python -m benchmarks.fit.student_limits students/corpus 12-lead limb lead-I lead-II
	$(BIN)/python -m benchmarks.fit.student_limits students/strips device
	$(BIN)/python -m benchmarks.fit.student_digests

# One thread a process: PyTorch's threads of several processes on the same cores wait for each other without end.
test: $(READY)  ## run all tests but those of the page in a browser
	OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses auto --dist loadfile -m "not browser"

# What computes, once more with the instructions of a processor without AVX-512.
NUMERIC := tests/ecg/*.py tests/ecg/quality tests/transfer tests/models tests/embedded tests/evaluation tests/diagnosis \
  tests/training/test_loop.py tests/training/test_networks.py tests/training/export
test-avx2: $(READY)  ## run the numeric tests as on a processor with AVX2 alone
	env $$($(BIN)/python tests/as_avx2.py) OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses auto --dist loadfile $(NUMERIC)

# Needs Chromium and npm; PICTURES is a folder for screenshots.
BROWSER := tests/web/browser
test-browser: $(READY)  ## check the scripts of the page, and look at it in Chromium
	cd $(BROWSER) && npm install --no-package-lock --no-audit --no-fund && npx tsc -p .
	OMP_NUM_THREADS=1 MVKT_SCREENSHOTS=$(PICTURES) $(BIN)/pytest -m browser tests/web

test-board: $(READY)  ## run the C code of the students on an emulated Cortex-M
	$(BIN)/pytest -m board tests/benchmarks/board

docs: $(READY)  ## build the site: build/docs/index.html
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/figures.py
	OMP_NUM_THREADS=1 $(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going docs build/docs

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

# Two cores, nothing else running: under 20 minutes. Without recordings at PTB_XL, simulated ones. BEFORE is an earlier
# checkout (git worktree add ../before COMMIT) to be measured in turns with this one.
bench: $(READY)  ## measure speed against peers, write docs/results/speed.md
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	$(BIN)/python -m benchmarks.speed.run --ptb-xl $(PTB_XL) $(if $(BEFORE),--before $(BEFORE))

board: $(READY)  ## measure students as firmware of an emulated Cortex-M: docs/results/board.md
	$(BIN)/python -m benchmarks.board.run

# Both need an index of packages: what is installed is the wheel with what a user gets, not the developer's environment.
IMAGE := build/image
container: $(READY)  ## the steps of the Dockerfile in a plain folder: install the wheel, diagnose, serve
	bash .ci/container $(IMAGE)

sbom: container  ## list what an installation consists of: build/mvkt.cdx.json (CycloneDX)
	python3 -m venv build/sbom
	build/sbom/bin/python -m pip install --quiet --disable-pip-version-check 'cyclonedx-bom>=7'
	build/sbom/bin/cyclonedx-py environment $(IMAGE)/mvkt/bin/python --pyproject pyproject.toml --mc-type application \
	  --output-reproducible --output-file build/mvkt.cdx.json

clean:  ## remove what make made
	rm -rf $(VENV) demo students runs dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
