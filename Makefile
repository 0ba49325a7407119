# Needs only Python 3.11 or newer (with venv and pip) and make.
# The virtual environment follows the content of the lock files: a stamp named after their checksum.

PYTHON ?= python3
# How many processes share the tests.
WORKERS ?= 2
VENV := .venv
BIN := $(VENV)/bin

RUNTIME := $(VENV)/runtime-$(firstword $(shell cksum < requirements.txt))
DEV := $(VENV)/dev-$(firstword $(shell cksum < requirements-dev.txt))
AUDIT := $(VENV)/audit-$(firstword $(shell cksum < requirements-audit.txt))

export PIP_DISABLE_PIP_VERSION_CHECK = 1

.DEFAULT_GOAL := help
.PHONY: help run test test-long coverage check format bench screenshots lock audit sbom

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1@\2/p' Makefile | awk -F@ '{ printf "%-17s %s\n", $$1, $$2 }'

run: $(RUNTIME) ## start the demo (PORT and DEMO_PASSWORD if you like)
	@exec $(BIN)/flask --app wsgi demo

# worksteal: who is done takes over tests of the other; whole files would leave one waiting.
test: check ## check, then run all tests on SQLite and PostgreSQL (ARGS for pytest)
	$(BIN)/pytest -n $(WORKERS) --dist worksteal $(ARGS)

test-long: $(DEV) ## the long lane: new examples each time, a long walk, more races, pages on both databases
	TESTS=long $(BIN)/pytest -n $(WORKERS) --dist worksteal \
		tests/rules tests/walk tests/web tests/test_races.py tests/test_accounts_races.py $(ARGS)

coverage: $(DEV) ## which lines and branches no test of rules, services and pages reaches (on SQLite)
	$(BIN)/pytest -n $(WORKERS) --dist worksteal -k "not postgresql" \
		--cov --cov-report= tests/rules tests/services tests/web tests/test_*.py $(ARGS)
	@$(BIN)/python -m tools.coverage_by_package

check: $(DEV) ## lint, types, order of packages, templates, migrations, translations, links
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint booking/templates --lint --quiet
	$(BIN)/python -m tools.check_translations
	$(BIN)/python -m tools.check_migrations
	$(BIN)/python -m tools.check_links

format: $(DEV) ## put code into its one format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(DEV) ## measure against PostgreSQL and print ratios (ARGS="--part everyday" for one part)
	$(BIN)/python -m tools.postgresql $(BIN)/python -m tools.benchmark $(ARGS)

screenshots: $(DEV) ## take the pictures of docs/images anew (ARGS names some; needs Chromium)
	$(BIN)/python -m tools.screenshots $(ARGS)

lock: $(DEV) ## write the lock files anew from pyproject.toml (ARGS=--upgrade for newer versions)
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url $(ARGS) \
		pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url $(ARGS) \
		-c requirements.txt --extra dev pyproject.toml -o requirements-dev.txt
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url $(ARGS) \
		-c requirements-dev.txt --extra audit pyproject.toml -o requirements-audit.txt

# --strict: what could not be audited is a failure, and so is a list that cannot be reached.
audit: $(AUDIT) ## look for known vulnerabilities in what is installed for production (needs the network)
	@$(BIN)/pip-audit --strict --require-hashes --disable-pip -r requirements.txt \
		|| { echo "The audit did not pass: see above for vulnerabilities, or why their list could not be read." >&2; exit 1; }

sbom: $(AUDIT) ## write sbom.json, the list of what production installs (CycloneDX)
	@PYTHONWARNINGS=ignore $(BIN)/cyclonedx-py requirements requirements.txt --pyproject pyproject.toml \
		--output-reproducible --of JSON -o sbom.json
	@echo "wrote sbom.json"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.version_info < (3, 11) and sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv --clear $(VENV)

# The pattern of old stamps is removed first, so that a failed installation is tried again.
$(RUNTIME): | $(BIN)/python
	@echo "Installing what it needs (once, about 20 seconds)"
	@rm -f $(VENV)/runtime-*
	@$(BIN)/pip install --quiet --require-hashes -r requirements.txt
	@touch $@

$(DEV): | $(BIN)/python
	@echo "Installing what it needs and the tools to test it (once, about a minute)"
	@rm -f $(VENV)/runtime-* $(VENV)/dev-*
	@$(BIN)/pip install --quiet --require-hashes -r requirements-dev.txt
	@touch $@ $(RUNTIME)

$(AUDIT): | $(DEV)
	@echo "Installing what looks through the dependencies (once)"
	@rm -f $(VENV)/audit-*
	@$(BIN)/pip install --quiet --require-hashes -r requirements-audit.txt
	@touch $@
