# The two commands of the README: `make reproduce` and `make test`.
# Both set up the environment first; a second run finds it ready and starts at once.

PYTHON ?= python3
OUT ?= out
BIN := .venv/bin
READY := .venv/.ready
LOWEST := .venv-lowest

.PHONY: help reproduce test test-all test-rest test-lowest bench bench-quick mutants clean

help:
	@echo 'make reproduce   set up .venv, reproduce Figures 2 and 3 into $(OUT)/'
	@echo 'make test        set up .venv, run lint, type check and tests, five minutes on two cores'
	@echo 'make test-rest   the slow tests: kills, browsers, clusters, long documents, lowest versions'
	@echo 'make test-all    both, twenty minutes'
	@echo 'make test-lowest test what uses a dependency with the lowest versions that are declared'
	@echo 'make bench       race the engine against its peers, 15 minutes; bench-quick: three'
	@echo 'make mutants     plant bugs in venn/ and synth/ and count those that the tests find'
	@echo 'make clean       remove .venv, $(OUT)/ and caches'

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable . --group dev
	touch $(READY)

reproduce: $(READY)
	$(BIN)/mfh reproduce --out $(OUT)

test: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/repo-review .
	$(BIN)/pytest --numprocesses auto --dist loadfile -m "not slow"

test-rest: $(READY)
	$(BIN)/pytest --numprocesses auto --dist loadfile -m slow
	$(MAKE) test-lowest

test-all: test test-rest

# The lowest versions that pyproject.toml declares, in an environment of their own; torch, the test
# tools and what comes along are as pinned.  The tests are those of the rooms that call dependencies,
# but for those that need a browser or another package as an oracle (tests/conftest.py leaves them out).
# Warnings of old packages about their newer neighbours are not ours, and the hook that checks shapes
# is for newer ones.
$(LOWEST)/.ready: $(READY) pyproject.toml constraints.txt tests/lowest.py
	$(PYTHON) -m venv --clear $(LOWEST)
	$(BIN)/python -m tests.lowest > $(LOWEST)/constraints.txt
	$(LOWEST)/bin/python -m pip install --quiet --upgrade pip
	$(LOWEST)/bin/python -m pip install --quiet --constraint $(LOWEST)/constraints.txt \
	  --editable '.[dask,lecture,parquet,strategies]' beartype pytest pytest-xdist
	touch $@

test-lowest: $(LOWEST)/.ready
	$(LOWEST)/bin/python -m pytest --numprocesses auto --dist loadfile --jaxtyping-packages= \
	  -W ignore::DeprecationWarning -m "not slow" tests/test_lowest.py tests/mfh tests/synth \
	  tests/analysis/protocols tests/analysis/statistics tests/analysis/sweeps tests/figures/report

bench bench-quick: $(READY)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group bench
	$(BIN)/python -m benchmarks.engine $(if $(findstring quick,$@),--quick)

mutants: $(READY)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group mutants
	$(BIN)/python -m benchmarks.planted
	$(BIN)/python -m benchmarks.mutants

clean:
	rm -rf mutants .venv $(LOWEST) $(OUT) .mypy_cache .pytest_cache .ruff_cache .hypothesis
