# The two commands of the README: `make reproduce` and `make test`.
# Both set up the environment first; a second run finds it ready and starts at once.

PYTHON ?= python3
OUT ?= out
BIN := .venv/bin
READY := .venv/.ready

.PHONY: help reproduce test bench bench-quick mutants clean

help:
	@echo 'make reproduce   set up .venv, reproduce Figures 2 and 3 into $(OUT)/'
	@echo 'make test        set up .venv, run lint, type check and every test'
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
	$(BIN)/pytest --numprocesses auto --dist loadfile

bench bench-quick: $(READY)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group bench
	$(BIN)/python -m benchmarks.engine $(if $(findstring quick,$@),--quick)

mutants: $(READY)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group mutants
	$(BIN)/python -m benchmarks.planted
	$(BIN)/python -m benchmarks.mutants

clean:
	rm -rf mutants .venv $(OUT) .mypy_cache .pytest_cache .ruff_cache .hypothesis
