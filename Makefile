# The commands of the project. On a machine with Python >= 3.11, git and make: `make demo`, `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PYTEST_JOBS ?= 3
# Where it is set, each worker and each program that a test starts compiles all of Fleet anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check lint format types contracts soak bench pictures constraints clean

demo: $(STAMP)  ## build the simulated service, sync it, open the screen
	$(BIN)/fleet demo

test: $(STAMP)  ## all tests, on SQLite and PostgreSQL
	$(BIN)/python -m pytest -n $(PYTEST_JOBS) --dist worksteal -m "not soak" -q

check: $(STAMP) lint types contracts test readme  ## what CI runs

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(STAMP)
	$(BIN)/mypy

contracts: $(STAMP)
	$(BIN)/lint-imports

.PHONY: readme
readme: $(STAMP)  ## the README's two commands in headless form
	$(BIN)/fleet --home $(VENV)/demo demo --no-tui --devices 2000
	$(BIN)/fleet --home $(VENV)/demo doctor --offline

soak: $(STAMP)  ## long fuzz and crash runs
	$(BIN)/python -m pytest -m soak -q --timeout 3600

bench: $(STAMP)  ## the figures of docs/BENCHMARKS.md
	$(BIN)/python -m tests.bench

pictures: $(STAMP)  ## the pictures of README and docs
	$(BIN)/python -m tests.pictures

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

constraints: $(STAMP)  ## compile constraints.txt anew (needs uv on the PATH)
	uv pip compile pyproject.toml --extra dev --generate-hashes --universal --python-version 3.11 \
		--no-annotate --no-header -o constraints.txt
	printf '%s\n%s\n' '# Pinned dependencies with hashes, for Python 3.11 and later on every platform. Made by: make constraints' \
		"$$(cat constraints.txt)" > constraints.txt

$(STAMP): constraints.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Fleet needs Python 3.11 or later, this is %d.%d" % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r constraints.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $(STAMP)

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
