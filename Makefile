# The two commands of the README: `make reproduce` and `make test`.
# Both set up the environment first; a second run finds it ready and starts at once.

PYTHON ?= python3
OUT ?= out
BIN := .venv/bin
READY := .venv/.ready
LOWEST := .venv-lowest

.PHONY: help reproduce test test-all test-lowest bench bench-quick mutants clean

help:
	@echo 'make reproduce   set up .venv, reproduce Figures 2 and 3 into $(OUT)/'
	@echo 'make test        set up .venv, run lint, type check and tests, five minutes on two cores'
	@echo 'make test-all    the same, and the slow ones: kills, browsers, mutants, lowest versions'
	@echo 'make test-lowest test what uses a dependency with the lowest versions that are declared'
	@echo 'make bench       race the engine against its peers, nine minutes; bench-quick: two'
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

test-all: test
	$(BIN)/pytest --numprocesses auto --dist loadfile -m slow
	$(MAKE) test-lowest

# The lowest versions that pyproject.toml declares, in an environment of their own; torch, the test
# tools and what comes along are as pinned.  The tests are those of whatever calls a dependency, but
# for those that need a browser or another package as an oracle.  Warnings of old packages about their
# newer neighbours are not ours, and the hook that checks shapes is for newer ones.
$(LOWEST)/.ready: $(READY) pyproject.toml constraints.txt tests/lowest.py
	$(PYTHON) -m venv --clear $(LOWEST)
	$(BIN)/python -m tests.lowest > $(LOWEST)/constraints.txt
	$(LOWEST)/bin/python -m pip install --quiet --upgrade pip
	$(LOWEST)/bin/python -m pip install --quiet --constraint $(LOWEST)/constraints.txt \
	  --editable '.[dask,lecture,parquet,strategies]' beartype pytest pytest-xdist
	touch $@

test-lowest: $(LOWEST)/.ready
	$(LOWEST)/bin/python -m pytest --numprocesses auto --dist loadfile --jaxtyping-packages= \
	  -W ignore::DeprecationWarning tests/test_lowest.py tests/mfh/test_command_line.py \
	  tests/analysis/statistics/test_always_valid.py tests/analysis/statistics/test_gains.py \
	  tests/analysis/statistics/test_page_trend.py tests/analysis/statistics/test_summary.py \
	  tests/analysis/sweeps/test_memory.py tests/analysis/protocols/test_released.py tests/analysis/sweeps/test_store.py \
	  tests/analysis/training/test_minimise.py tests/mfh/commands/test_dask.py tests/mfh/commands/test_lecture.py \
	  tests/mfh/commands/test_store.py tests/mfh/test_terminal.py tests/figures/report/test_page.py \
	  tests/figures/style/test_rc.py tests/figures/reproductions/test_table2_report.py tests/synth/test_knowledge.py \
	  tests/synth/test_montecarlo.py tests/synth/test_sample.py tests/synth/test_strategies.py

bench bench-quick: $(READY)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group bench
	$(BIN)/python -m benchmarks.engine $(if $(findstring quick,$@),--quick)

mutants: $(READY)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group mutants
	$(BIN)/python -m benchmarks.planted
	$(BIN)/python -m benchmarks.mutants

clean:
	rm -rf mutants .venv $(LOWEST) $(OUT) .mypy_cache .pytest_cache .ruff_cache .hypothesis
