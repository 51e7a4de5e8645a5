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

# What pip says, one line for every ten packages and one for each large file; the last line is its exit status.
SHORTLY = { n=0; while read -r line; do case "$$line" in \
	"Collecting "*) n=$$((n + 1)); [ $$((n % 10)) -ne 0 ] || echo "  $$n packages looked up …" ;; \
	"Downloading "*[0-9][0-9].[0-9]" MB)"*) echo "  $$line" ;; \
	"Installing collected"*) set -- $$line; echo "  unpacking $$(($$\# - 3)) packages: a minute or two …" ;; \
	"pip ended "*) exit "$${line\#pip ended }" ;; esac; done; }

.PHONY: demo test test-all lint check docs dist bench clean

demo: $(VENV)/.program
	@$(BIN)/customs-lens demo --home $(HOME_FOLDER)

# Tests of every kind; `test-all` adds those marked `long`. A `-m` among the arguments takes the place of this one.
test: $(VENV)/.installed
	$(BIN)/python -m pytest $(PARALLEL) -m "not long" $(PYTEST_ARGS)

test-all: $(VENV)/.installed
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

# The archive of the source, the wheel that is made of it, and the versions to install it with, in dist/. Of one commit
# they are always the same bytes.
dist: export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || date +%s)
dist: $(VENV)/.installed
	rm -rf dist *.egg-info
	$(BIN)/python -c "from setuptools.build_meta import build_sdist; build_sdist('dist')" >/dev/null
	$(BIN)/pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist dist/*.tar.gz
	cp constraints.txt dist/
	rm -rf *.egg-info
	cd dist && sha256sum *

bench: $(VENV)/.installed
	$(BIN)/python -m benchmarks.ingest

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

# The program without the developers' tools. Bytecode is made of what is used alone, when it is used.
$(VENV)/.program: pyproject.toml constraints.txt
	@echo "Installing Customs Lens and about 180 packages, 2 GB, into $(VENV)/: some minutes the first time."
	@test -x $(BIN)/python || { echo "  making the virtual environment …"; $(PYTHON) -m venv $(VENV); }
	@{ $(BIN)/pip install --disable-pip-version-check --no-compile --progress-bar off $(PIP_OPTIONS) -c constraints.txt -e .; \
		echo "pip ended $$?"; } | $(SHORTLY)
	@touch $@

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check $(PIP_OPTIONS) -c constraints.txt -e ".[$(EXTRAS)]"
	touch $@
