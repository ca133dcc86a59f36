# One virtual environment for everything; every target sets it up by itself.
# Another interpreter: make test PYTHON=python3.12
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
LOWEST ?= .venv-lowest
BENCH ?= .venv-benchmarks
.PHONY: help demo test test-slow test-benchmarks fuzz test-lowest docs docs-links data lint format types clean
help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(firstword $(MAKEFILE_LIST)) | sed -E 's/^([a-z-]+):.*## (.*)/\1|\2/' \
		| while IFS='|' read -r target what; do printf 'make %-16s %s\n' "$$target" "$$what"; done

# Debian's python3 comes without ensurepip: then the pip of the system, if there is one, seeds the environment.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("vaesynth needs Python 3.11 or newer, found " + sys.version.split()[0] + ": make PYTHON=python3.x") if sys.version_info < (3, 11) else 0'
	@if $(PYTHON) -c 'import ensurepip' 2>/dev/null; then \
		$(PYTHON) -m venv $(VENV); \
	elif $(PYTHON) -m pip --version >/dev/null 2>&1; then \
		$(PYTHON) -m venv --without-pip $(VENV) && $(PYTHON) -m pip --quiet --python $@ install pip; \
	else \
		echo "$(PYTHON) has neither ensurepip nor pip: install the package python3-venv" >&2; exit 1; \
	fi || { rm -rf $(VENV); exit 1; }

# pip 25.1 is the first that reads dependency groups. torch is first and pinned: resolved together with the rest,
# pip may look at larger builds.
$(VENV)/.core: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP_INSTALL) 'pip>=25.1'
	$(PIP_INSTALL) "$$(grep '^torch==' constraints.txt)"
	$(PIP_INSTALL) --editable '.[demo]'
	@touch $@

$(VENV)/.dev: $(VENV)/.core
	$(PIP_INSTALL) --editable . --group dev
	@touch $@

$(VENV)/.docs: $(VENV)/.dev
	$(PIP_INSTALL) --editable . --group docs
	@touch $@

demo: $(VENV)/.core ## set up and run the main job on a real data set
	$(BIN)/python -m vaesynth.demo

# Two workers: a second thread in one only waits for a core that the other has.
test test-slow test-benchmarks test-lowest: export OMP_NUM_THREADS ?= 1
# Sets have one order, so that a name made of one is the same in both workers.
test test-slow test-benchmarks test-lowest fuzz: export PYTHONHASHSEED ?= 0

test: $(VENV)/.dev data ## set up and run the tests with the doctests
	$(BIN)/python -m pytest -n 2 --dist worksteal --durations=40

test-slow: $(VENV)/.dev data ## run the tests that are slow by nature
	$(BIN)/python -m pytest -m slow -n 2 --dist loadgroup --durations=40

# An environment of its own: SDMetrics holds pandas below 3.
$(BENCH)/.installed: pyproject.toml constraints.txt
	@$(MAKE) --silent VENV=$(BENCH) $(BENCH)/.core
	$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
		--editable . --group test-benchmarks
	@touch $@

test-benchmarks: $(BENCH)/.installed ## run the tests of the benchmarks, and those of agreement with SDMetrics
	$(BENCH)/bin/python -m pytest --durations=40 tests/benchmarks tests/metrics/test_sdmetrics_agreement.py

# Every round draws other cases; SEED=… draws those of a round once more.
MINUTES ?= 30
SEED ?= $(shell date +%s)
PROPERTIES = $(shell grep -rl --include='test_*.py' '^from hypothesis' tests)

fuzz: $(VENV)/.dev ## search at random for what breaks a property-based test: make fuzz MINUTES=30
	@end=$$(( $$(date +%s) + 60 * $(MINUTES) )); seed=$(SEED); \
	while test "$$(date +%s)" -lt "$$end"; do \
		echo "SEED=$$seed"; \
		$(BIN)/python -m pytest -q -m hypothesis --hypothesis-profile=fuzz --hypothesis-seed=$$seed $(PROPERTIES) || exit 1; \
		seed=$$((seed + 1)); \
	done

# An environment of its own, with the oldest versions that pyproject.toml allows. The CPU build of that torch lies on
# https://download.pytorch.org/whl/cpu (PIP_EXTRA_INDEX_URL); PyPI has the one with CUDA, of three gigabytes.
$(LOWEST)/.installed: pyproject.toml constraints-lowest.txt
	@$(MAKE) --silent VENV=$(LOWEST) $(LOWEST)/bin/python
	$(LOWEST)/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints-lowest.txt \
		--editable '.[flow,cli]' 'pytest>=8' pytest-xdist hypothesis polars
	@touch $@

# Polars is no dependency, so that only its newest is looked at. The tests that are ignored need every extra.
test-lowest: $(LOWEST)/.installed ## run the tests of what users call on the oldest allowed versions
	$(LOWEST)/bin/python -m pytest -q -n 2 -k 'not polars' $(LOWEST_TESTS)

LOWEST_TESTS := tests/over_sampling tests/estimators tests/drawing tests/priors tests/saving tests/tabular \
	tests/model_selection tests/files tests/test_readme.py --ignore tests/estimators/test_private_fit.py \
	--ignore tests/saving/test_saved_classes.py

SPHINX = $(BIN)/python -m sphinx -W --keep-going -n --quiet
SITE := docs/_build/html

docs: $(VENV)/.docs data ## build the site into docs/_build/html, run its code and check its links
	$(BIN)/python -m pytest tests/docs/test_reference.py
	$(SPHINX) -b html docs $(SITE)
	$(BIN)/python docs/check_site.py $(SITE)

docs-links: $(VENV)/.docs ## ask the network for the pages that the site links to
	$(BIN)/python -m sphinx --quiet -b linkcheck -D plot_gallery=0 docs docs/_build/links

# Without apt, its network or root the tests that need the images or the browser say so; nothing else depends on them.
APT_INSTALL = apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends

data: ## install Fashion-MNIST and Chromium from Debian, where apt and root are there
	@test -e /usr/share/datasets/fashion-mnist || ! command -v apt-get >/dev/null || test "$$(id -u)" != 0 \
		|| { $(APT_INSTALL) dataset-fashion-mnist; } >/dev/null 2>&1 \
		|| echo "Fashion-MNIST could not be installed with apt: the tests that need it are skipped"
	@command -v chromium >/dev/null || ! command -v apt-get >/dev/null || test "$$(id -u)" != 0 \
		|| { $(APT_INSTALL) chromium; } >/dev/null 2>&1 \
		|| echo "Chromium could not be installed with apt: the tests that need it are skipped"

lint: $(VENV)/.dev ## ruff: style and format; codespell: spelling (tests/docs/test_prose.py checks the sentences)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell

format: $(VENV)/.dev ## let ruff mend style and format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/.dev ## mypy, and a script of a user's under mypy --strict
	$(BIN)/mypy
	cd tests/typing && $(abspath $(BIN))/mypy --strict --config-file= user_script.py

clean: ## remove the environment and everything built
	rm -rf $(VENV) $(LOWEST) $(BENCH) build dist *.egg-info docs/_build docs/drawn docs/examples docs/reference/*.rst docs/reference/names .mypy_cache .ruff_cache .hypothesis
