# Everything runs in a virtual environment of its own; `make demo` and `make test` set it up first.
PYTHON ?= python3.11
VENV ?= .venv
EXTRAS ?= dev
PIP_OPTIONS ?=
BIN := $(VENV)/bin
HOME_FOLDER ?= customs-lens-home
# Four processes, each with whole files: what a file sets up is set up once, and two of them mostly wait for
# a service or another process. The longest files are begun first.
PARALLEL ?= -n 4 --dist loadfile --no-loadscope-reorder

# What needs no model, no service and no process of its own: nothing of it waits.
FAST := not slow and not model and not corpus and not ocr and not prefect and not elasticsearch and not postgresql

# Where bytecode is not kept, every process of the tests compiles what it imports.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test lint check docs bench clean

demo: $(VENV)/.installed
	$(BIN)/customs-lens demo --home $(HOME_FOLDER)

test: $(VENV)/.installed
	$(BIN)/python -m pytest $(PARALLEL) $(PYTEST_ARGS)

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy samples/make.py
	$(BIN)/mypy docs/make.py docs/hooks.py
	$(BIN)/lint-imports

check: lint
	$(BIN)/python -m pytest -q -n $(shell nproc) --dist loadfile -m "$(FAST)"

# The documentation as a site in build/site. `python docs/make.py` writes the pages that are generated.
docs: $(VENV)/.installed
	$(BIN)/python docs/make.py --check
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict  # with --quiet it would miss the warnings

bench: $(VENV)/.installed
	$(BIN)/python -m benchmarks.ingest

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check $(PIP_OPTIONS) -c constraints.txt -e ".[$(EXTRAS)]"
	touch $@
