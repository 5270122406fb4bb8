# `make help` lists the targets. Everything is installed into .venv; nothing else on the machine is touched,
# except that root on a Debian-like machine gets python3-venv, Chromium and faketime through apt-get when missing.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Stamps: a second run does not install again. Touching a requirements file does.
RUNTIME := $(VENV)/.stamp-runtime
DEV := $(VENV)/.stamp-dev
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input
TEST_ENV := DJANGO_SETTINGS_MODULE=tests.settings
ONLY ?=

.DEFAULT_GOAL := help
.PHONY: help run dev test ledger check bench lint types templates migrations-check format screenshots browser faketime clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/pip:
	@PYTHON="$(PYTHON)" sh scripts/create_venv.sh $(VENV)

$(RUNTIME): requirements.txt | $(BIN)/pip
	@echo "Installing what Tributary runs on" >&2
	@$(PIP) -r requirements.txt
	@touch $@

$(DEV): requirements.txt requirements-dev.txt | $(BIN)/pip
	@echo "Installing what the tests and checks need" >&2
	@$(PIP) -r requirements-dev.txt
	@touch $@ $(RUNTIME)

run: $(RUNTIME) ## Start everything: web server, worker, sandbox with demo data (PORT, DATA_DIR)
	@exec $(BIN)/python -m config.launch

dev: $(DEV) ## The same with DEBUG, reloading on every change
	@exec $(BIN)/python -m config.launch --dev

browser: $(DEV)
	@sh tests/install_browser.sh

faketime: $(DEV)
	@sh tests/install_faketime.sh

test: $(DEV) browser faketime ## All tests, those in a real browser included (ARGS="-k wizard" for some)
	@$(BIN)/python -m $(if $(ARGS),pytest $(ARGS),tests.everything)

ledger: $(DEV) ## 100,000 submissions through each mode, every event accounted for (TRIBUTARY_LEDGER=…)
	@TRIBUTARY_LEDGER=$${TRIBUTARY_LEDGER:-100000} $(BIN)/python -m pytest tests/faults/test_volume.py $(ARGS)

check: lint types templates migrations-check test ## Exactly what CI runs

lint: $(DEV)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(DEV)
	@$(BIN)/mypy .

templates: $(DEV)
	@$(BIN)/djlint templates --check --quiet
	@$(BIN)/djlint templates --lint --quiet

migrations-check: $(DEV)
	@$(TEST_ENV) $(BIN)/python manage.py makemigrations --check --dry-run

format: $(DEV) ## Put the code and the templates into shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/djlint templates --reformat --quiet >/dev/null || true
	@$(BIN)/djlint templates --reformat --quiet || true # what it folded once, it may unfold the second time

bench: $(DEV) ## Measure; one JSON object a line (ONLY=intake runs the figures whose name begins so)
	@$(BIN)/python -m benchmarks $(if $(ONLY),--only $(ONLY))

screenshots: $(DEV) browser ## Make the pictures in docs/images anew
	@$(BIN)/python -m scripts.screenshots

clean: ## Remove the virtual environment and caches (data in var/ stays)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
