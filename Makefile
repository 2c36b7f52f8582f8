# make demo and make test work from a fresh clone with Python 3.11+ and make alone.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
DATA ?= ../shared/data/deep-riverscapes-sample
# The versions that are tested; PIP_ARGS= takes the newest of everything.
PIP_ARGS ?= -c constraints.txt

.PHONY: help demo test check format docs plugin bench stream model clean
.DEFAULT_GOAL := help

help:  ## Show what can be made.
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "riverscape needs Python 3.11 or newer; name one: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet $(PIP_ARGS) -e .
	@touch $@

$(VENV)/.developing: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet $(PIP_ARGS) -e '.[dev]'
	@touch $@ $(VENV)/.installed

demo: $(VENV)/.installed  ## Classify a synthetic survey with the bundled model; figures and maps in demo/.
	$(BIN)/riverscape demo --out demo --overwrite

test: $(VENV)/.developing  ## Run every test.
	$(BIN)/python -m pytest

check: $(VENV)/.developing  ## Lint and check types.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	MYPYPATH=docs/making $(BIN)/mypy docs/making/*.py

format: $(VENV)/.developing  ## Format the code.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.developing  ## Build the site in site/, its gallery by running the code.
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet --site-dir site

plugin:  ## Build dist/riverscape_qgis.zip, which QGIS installs.
	$(PYTHON) qgis/build.py

bench: $(VENV)/.developing  ## Measure speed and memory; writes the table of docs/performance.md.
	$(BIN)/python benchmarks/run.py --data $(DATA) --write docs/performance.md

stream: $(VENV)/.developing  ## Measure images of 6 Mpx to 10 Gpx, for up to an hour; writes its table there too.
	$(BIN)/python benchmarks/streaming.py --write docs/performance.md

model: $(VENV)/.developing  ## Train the bundled model again (DATA=folder with Train and Validate).
	$(BIN)/python experiments/train_ste_marguerite.py --data $(DATA)

clean:  ## Remove environments and what was built.
	rm -rf $(VENV) build dist demo site .pytest_cache .mypy_cache .ruff_cache .hypothesis
