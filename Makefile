# Every target makes its own environment in $(VENV) with the machine's python3; nothing needs activating.
PYTHON ?= python3
VENV ?= .venv
DEMO_OUTPUT ?= demo-output
WORKERS ?= 2
PYTEST_ARGS ?=

BIN := $(VENV)/bin
PY := $(BIN)/python
INSTALL := $(PY) -m pip install --disable-pip-version-check --no-input --quiet --prefer-binary -c constraints.txt

# Workers share the cores: products of matrices on several threads in each would wait for each other most of the time.
TESTS := OPENBLAS_NUM_THREADS=1 $(PY) -m pytest -n $(WORKERS) --dist worksteal

.PHONY: demo test check lint bench validate fuzz docs pictures clean

demo: $(VENV)/.core-stamp
	$(BIN)/socharm demo $(DEMO_OUTPUT)

# Types are checked beside the tests: alone they leave the second core idle for a minute and more.
test: $(VENV)/.test-stamp
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	@$(PY) -m mypy & types=$$!; \
	$(TESTS) $(PYTEST_ARGS); tests=$$?; \
	wait $$types && exit $$tests

# What is worth waiting for before every commit: floors, public names, arithmetic, files, the index and the ranks.
# Types are checked beside the tests, on a core of their own; commands that are killed on purpose wait for `make test`.
check: $(VENV)/.test-stamp
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	@$(PY) -m mypy & types=$$!; \
	$(TESTS) -q -m 'not slow and not real' tests/house/test_architecture.py \
	  tests/house/test_house_map.py tests/house/test_parameters.py tests/stats tests/files tests/severity \
	  --ignore=tests/files/test_leftovers.py $(PYTEST_ARGS); tests=$$?; \
	wait $$types && exit $$tests

lint: $(VENV)/.test-stamp
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

bench: $(VENV)/.bench-stamp
	@for file in benchmarks/bench_*.py; do echo "== $$file"; $(PY) $$file || exit 1; done

# Simulations at full size; tests run them smaller. Figures go to docs/validation/.
validate: $(VENV)/.test-stamp
	SOCHARM_FULL=1 $(PY) -m pytest -q tests/ranking/test_rank_sets_hold.py
	@for file in benchmarks/validate_*.py benchmarks/attack_*.py; do test -e "$$file" || continue; echo "== $$file"; $(PY) $$file || exit 1; done

# Every argument of every public function with every hostile value, in processes that may die: about half an hour.
fuzz: $(VENV)/.test-stamp
	$(PY) tests/fuzz.py --workers $(WORKERS)

docs: $(VENV)/.docs-stamp
	rm -rf docs/_build docs/api/generated
	$(PY) -m sphinx -W --keep-going -b html docs docs/_build/html
	@! grep -rl 'autofunction::\|autoclass::' docs/_build/html/api || { echo "The pages above show directives as text." >&2; exit 1; }

# Of the first page of README.md, which are checked in small.
pictures: $(VENV)/.test-stamp
	$(PY) docs/pictures.py

clean:
	rm -rf build dist docs/_build docs/api/generated $(DEMO_OUTPUT) .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else 1)' 2>/dev/null || { \
	  echo "socharm needs Python 3.11 or newer; '$(PYTHON)' is: $$($(PYTHON) --version 2>&1)." >&2; \
	  echo "Install one, or name it: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@test -x $(PY) || $(PYTHON) -m venv $(VENV) || { \
	  echo "Could not make $(VENV). On Debian and Ubuntu: apt-get install python3-venv" >&2; rm -rf $(VENV); exit 1; }
	@touch $@

# A stamp is older than pyproject.toml or constraints.txt exactly when the set-up must run again.
$(VENV)/.core-stamp: pyproject.toml constraints.txt | $(VENV)/.made
	$(INSTALL) -e .
	@touch $@

$(VENV)/.test-stamp: pyproject.toml constraints.txt | $(VENV)/.made
	$(INSTALL) -e '.[test]'
	@touch $(VENV)/.core-stamp $@

$(VENV)/.bench-stamp: pyproject.toml constraints.txt | $(VENV)/.made
	$(INSTALL) -e '.[bench]'
	@touch $(VENV)/.core-stamp $@

$(VENV)/.docs-stamp: pyproject.toml constraints.txt | $(VENV)/.made
	$(INSTALL) -e '.[docs]'
	@touch $(VENV)/.core-stamp $@
