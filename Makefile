# `make help` lists the targets. The environment is .venv; set VENV, HOST, PORT or DATA to differ.
VENV    ?= .venv
HOST    ?= localhost
PORT    ?= 8501
DATA    ?= ../shared/data
BENCHMARKS ?= gtzan gtzan-published fma-nine fma-five spotify spotify-subgenres
BIN     := $(VENV)/bin
# For tests, which run side by side, one process a core: more threads would wait for each other.
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1
UV      := $(shell command -v uv 2>/dev/null)
SYSTEM_PYTHON ?= python3.11

.DEFAULT_GOAL := help
.PHONY: help install dashboard artifacts teach test check docs pictures bench campaign lint clean lock

help:            ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Tests start the dashboard, which must find everything installed.
$(VENV)/.requirements-dev: $(VENV)/.requirements

# A stamp per requirements file: a second start installs nothing.
$(VENV)/.%: %.txt pyproject.toml
ifdef UV
	@test -x $(BIN)/python || $(UV) venv --quiet --python 3.11 $(VENV)
	$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python -r $<
else
	@test -x $(BIN)/python || $(SYSTEM_PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r $<
endif
	@# librosa compiles for twenty seconds when it is first used: now, not under a visitor.
	@$(BIN)/python -c "import librosa; librosa.stft(librosa.tone(440, length=4096))"
	@touch $@

install: $(VENV)/.requirements      ## make the environment and install the pinned requirements

dashboard: install                  ## start the dashboard and print its address
	MALLOC_ARENA_MAX=1 $(BIN)/streamlit run dashboard/app.py --server.address $(HOST) --server.port $(PORT)

artifacts: install                  ## build all benchmarks from the folders below DATA (default: ../shared/data)
	set -e; for name in $(BENCHMARKS); do \
	    second=; test $$name = gtzan -a -d $(DATA)/street && second="--elsewhere $(DATA)/street"; \
	    $(BIN)/python -m pipeline build $$name --data $(DATA)/$${name%%-*} $$second; done

teach: install                      ## make a benchmark of your own music in DATA, called NAME (default: mine)
	$(BIN)/python -m pipeline teach $(DATA) --name $(or $(NAME),mine)

test: $(VENV)/.requirements-dev     ## install if needed and run all tests
	$(ONE_THREAD) $(BIN)/pytest -n auto --dist loadgroup $(COVERAGE)

check: COVERAGE = --cov --cov-report=term:skip-covered
check: lint test                    ## what CI runs: lint, types, all tests with their coverage

lint: $(VENV)/.requirements-dev     ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: install                       ## write the tables of README.md and docs/ anew
	$(BIN)/python -m tools.generate_docs

pictures: $(VENV)/.requirements-dev ## pictures of the README, by Chromium
	PYTHONPATH=tests $(BIN)/python -m support.pictures

bench: $(VENV)/.requirements-dev    ## times and memory, written to docs/benchmarks.md; ONLY="demo pages" renews parts
	PYTHONPATH=tests $(BIN)/python -m benchmarks $(ONLY)

campaign: $(VENV)/.requirements-dev ## thousands of broken files and a crowd, written to docs/reliability.md; ONLY="media"
	PYTHONPATH=tests:. $(BIN)/python -m campaign $(ONLY)

clean:                              ## remove the environment and all caches
	rm -rf $(VENV) .cache .pytest_cache .mypy_cache .ruff_cache *.egg-info

# Pin everything anew. The sed drops the parts of markers that hold wherever the project runs.
P       := python_full_version < '3.14' and 
SYSTEM  := (sys_platform == 'darwin' or sys_platform == 'linux' or sys_platform == 'win32')
COMPILE := $(UV) pip compile - --quiet --universal --python-version 3.11 --no-annotate --no-header
BARE    := sed -e "s/ ; $(P)$(SYSTEM)$$//" -e "s/$(P)//g" -e "s/ and $(SYSTEM)$$//"
lock:
	echo "-e .[train]" | $(COMPILE) $(KEEP) | $(BARE) > requirements.txt
	@mkdir -p .cache
	grep -v "^-e" requirements.txt > .cache/pins.txt
	echo "-e ." | $(COMPILE) -c .cache/pins.txt | $(BARE) > requirements-serve.txt
	echo "-e .[train,dev,cluster]" | $(COMPILE) -c .cache/pins.txt | $(BARE) > requirements-dev.txt
