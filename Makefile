# The portal's commands. `make help` lists them. PORT and VAR let two portals run side by side:
#   make run PORT=8001 VAR=var-two
PORT ?= 8000
VAR ?= var
VENV := .venv
BIN := $(VENV)/bin
BUNDLE := portal_lib/frontend/built/manifest.json
UV_VERSION := 0.13.9
# The interpreter for the environment. As root, one that other users can execute is preferred, so that an analyst's
# server can run under a user of its own.
PYTHON ?= $(shell sh deploy/find-python.sh)
# Everything lands below this folder, what the installers keep for the next time included.
export UV_CACHE_DIR := $(CURDIR)/.cache/uv
export PIP_CACHE_DIR := $(CURDIR)/.cache/pip
export npm_config_cache := $(CURDIR)/.cache/npm
export PLAYWRIGHT_BROWSERS_PATH := $(CURDIR)/.cache/browsers
export VAR
unexport PYTHONPATH PYTHONHOME

.DEFAULT_GOAL := help
.PHONY: help setup run test soak bench lint lock browser clean

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/ready node_modules/ready $(BUNDLE) ## install everything under this folder

$(VENV)/ready: requirements.lock pyproject.toml Makefile
	@test -n "$(PYTHON)" || { echo "make: no Python 3.11 or newer was found. Install one, or say PYTHON=/path/to/python3."; exit 1; }
	@echo "Installing Python packages into $(VENV) ($(PYTHON)) …"
	@"$(PYTHON)" -m venv --clear $(VENV) || { echo "make: $(PYTHON) can't make virtual environments (Debian: apt-get install python3-venv)."; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --requirement requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

node_modules/ready: package.json package-lock.json $(VENV)/ready
	@echo "Installing the proxy and the bundle's parts into node_modules …"
	@sh deploy/node.sh $(VENV) npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

$(BUNDLE): node_modules/ready portal_lib/frontend/build.mjs $(wildcard portal_lib/frontend/src/*)
	@echo "Building the pages' bundle …"
	@sh deploy/node.sh $(VENV) node portal_lib/frontend/build.mjs $(VENV)

run: setup ## open the portal with the demo supplier
	@PORTAL_CONFIG=demo/portal.toml PORTAL_VAR="$(VAR)" PORTAL_PORT=$(PORT) $(BIN)/python -m demo

browser: $(VENV)/ready
	@$(BIN)/python -m tests.browser_install

test: setup browser ## run every test
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --check --quiet . && $(BIN)/mypy
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile $(ARGS)

soak: setup ## the long checks: fuzzing, 2,000 pages opened and closed, report runs killed, a year of reports
	@TESTS_SOAK=1 $(BIN)/python -m pytest tests/soak -s $(ARGS)

bench: setup ## measure (NAME=… for one figure)
	@$(BIN)/python -m benchmarks $(NAME)

lint: $(VENV)/ready ## format, check style and types
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix . && $(BIN)/mypy

lock: $(VENV)/ready ## pin every package anew in requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-header --no-annotate \
	    --upgrade --group dev pyproject.toml --output-file requirements.lock

clean: ## remove what setup installed (never the data)
	@rm -rf $(VENV) node_modules .cache portal_lib/frontend/built
