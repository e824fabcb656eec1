# Limner's developer interface: `make help`.
# Every target sets up what it needs, inside the clone, and does nothing a second time.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory --no-builtin-rules

UV  := .tools/bin/uv
RUN := .venv/bin/

PYTHON := .venv/.ready
ifneq ($(wildcard web/package.json),)
STUDIO := src/limner/server/static/index.html
NODE_MODULES := web/node_modules/.package-lock.json
endif

##@ Use
.PHONY: run
run: $(PYTHON) $(STUDIO) ## start Limner on http://127.0.0.1:8000 (ARGS="--port 9000")
	@$(RUN)limner serve $(ARGS)

##@ Develop
.PHONY: test check fmt lint rows
test: $(PYTHON) $(STUDIO) ## run every test this machine can run; skips are listed last (ARGS="-k mask")
	@$(RUN)pytest --numprocesses auto --maxprocesses 4 --dist worksteal $(ARGS)

CHECKS := check-format check-lint check-types check-imports check-generated check-web
check: $(PYTHON) $(NODE_MODULES) ## run every quality gate
	@$(MAKE) --jobs 2 --keep-going --output-sync=target $(CHECKS)
	@echo "All gates hold."

fmt: $(PYTHON) ## format the code and sort its imports
	@$(RUN)ruff check --quiet --select I --fix
	@$(RUN)ruff format

lint: $(PYTHON) ## lint, mending what can be mended
	@$(RUN)ruff check --fix

rows: $(PYTHON) ## list what Limner must do with the tests that show it; fail on a broken promise
	@$(RUN)python tools/rows.py

##@ At length
.PHONY: soak torch bench docs web clean help
soak: $(PYTHON) ## run the long suites: chaos, endurance, many generated cases
	@HYPOTHESIS_PROFILE=soak $(RUN)pytest -m "soak or hypothesis" $(ARGS)

torch: $(PYTHON) ## paint with real pipelines, in .venv-torch: several GB, unless TORCH names a smaller wheel
	@[ -x .venv-torch/bin/python ] || python3 -m venv .venv-torch
	@.venv-torch/bin/python -m pip install --quiet "$(or $(TORCH),torch)"
	@.venv-torch/bin/python -m pip install --quiet --requirement requirements/dev.txt
	@.venv-torch/bin/python -m pip install --quiet --editable ".[diffusers]"
	@.venv-torch/bin/python -m pytest --diffusers tests/painters/diffusers $(ARGS)

bench: $(PYTHON) ## measure the gateway (bench/README.md)
	@$(RUN)python bench/run.py $(ARGS)

docs: $(PYTHON) ## build the documentation into site/
	@$(UV) pip install --quiet --python .venv --require-hashes -r requirements/docs.txt
	@$(RUN)mkdocs build --strict --quiet

web: $(PYTHON) $(STUDIO) ## build the studio
	@echo "The studio is up to date."

clean: ## remove everything that was set up or built
	rm -rf .venv .venv-torch .tools .pytest_cache .ruff_cache .hypothesis .import_linter_cache .coverage* htmlcov dist site
	rm -rf web/node_modules src/limner/server/static
	find src tests tools -name __pycache__ -prune -exec rm -rf {} +

help: ## say what each target does
	@awk -F ':.*## ' '/^##@/ {printf "\n%s\n", substr($$0, 5)} \
	    /^[a-z-]+:.*## / {printf "  make %-7s %s\n", $$1, $$2}' Makefile

# The gates, one by one

.PHONY: $(CHECKS)
check-format:
	@$(RUN)ruff format --check --quiet || { echo "Run make fmt."; exit 1; }
check-lint:
	@$(RUN)ruff check --quiet
check-types:
	@$(RUN)pyright --warnings
check-imports:
	@$(RUN)lint-imports --no-logo
check-generated:
	@tools/lock --check
	@for generator in $(wildcard tools/generate_*.py); do $(RUN)python $$generator --check; done
check-web:
	@:
ifdef STUDIO
	@tools/web run check
	@tools/web run lint
endif

# Setting up

$(UV): tools/bootstrap tools/uv.txt
	@tools/bootstrap

$(PYTHON): $(UV) pyproject.toml requirements/dev.txt
	@[ -x .venv/bin/python ] || $(UV) venv --quiet --python python3 .venv
	@$(UV) pip sync --quiet --python .venv --require-hashes requirements/dev.txt
	@$(UV) pip install --quiet --python .venv --no-deps --no-build-isolation --editable .
	@touch $@

$(NODE_MODULES): web/package-lock.json $(PYTHON)
	@tools/web ci --silent
	@touch $@

WEB_SOURCES := $(shell find web -mindepth 1 \( -name node_modules -o -name '.*' -o -name test-results \) -prune -o -type f -print 2>/dev/null)
$(STUDIO): $(NODE_MODULES) $(WEB_SOURCES)
	@tools/web run build -- --outDir ../src/limner/server/static --emptyOutDir
	@touch $@
