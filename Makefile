# The commands of this project: "make help" lists them.
# Needs make and Python 3.11 or newer; everything else goes into .venv.

.DEFAULT_GOAL := help
.PHONY: help run test test-clients test-schema lint format lock translations examples bench clean

# Modules, not scripts: these work wherever the folder is moved and whatever its name is.
PYTHON_HERE = .venv/bin/python
INSTALL = $(PYTHON_HERE) -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all:
LOCK = $(PYTHON_HERE) -m uv pip compile --quiet pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--only-binary :all: --no-emit-index-url --no-annotate --custom-compile-command "make lock"
PYBABEL = $(PYTHON_HERE) -m babel.messages.frontend -q
SENTENCES = -k lazy_gettext -k N_ -k sentence -k counted:1,2

help: ## List these commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1	\2/p' Makefile | expand -t 20

run: .venv/.runtime ## Serve on http://127.0.0.1:8000 (or PORT), with a demo in an empty database
	@exec $(PYTHON_HERE) -m flask --app wsgi start

test: .venv/.dev ## Run every check and test; ARGS="-k name" picks some
	@status=0; $(MAKE) lint || status=1; $(PYTHON_HERE) -m pytest -n auto --dist worksteal $(ARGS) || status=1; exit $$status

test-clients: .venv/.dev ## Let client libraries from PyPI and npm complete the flow (needs Node.js)
	@cd tests/clients/node && npm ci --silent
	@UAA_REQUIRE_NODE=1 $(PYTHON_HERE) -m pytest tests/clients $(ARGS)

test-schema: .venv/.dev ## Let schemathesis try every method of a running server, by what /openapi.json says of it
	@$(PYTHON_HERE) -m tests.schema $(ARGS)

lint: .venv/.dev ## Check style and types
	@$(PYTHON_HERE) -m ruff check .
	@$(PYTHON_HERE) -m ruff format --check .
	@$(PYTHON_HERE) -m mypy

format: .venv/.dev ## Write the code in the common style
	@$(PYTHON_HERE) -m ruff check --fix .
	@$(PYTHON_HERE) -m ruff format .

lock: .venv/.dev ## Pin the newest packages that pyproject.toml allows (UPGRADE=1), or just what it added
	$(LOCK) $(if $(UPGRADE),--upgrade) -o constraints.txt
	$(LOCK) $(if $(UPGRADE),--upgrade) -c constraints.txt --group dev -o constraints-dev.txt

examples: .venv/.dev ## Record the examples of the API's documentation anew, from a test that calls every method
	@RECORD_EXAMPLES=1 $(PYTHON_HERE) -m pytest tests/api/test_examples.py

translations: .venv/.dev ## Gather the sentences of pages into app/translations, and compile the catalogues
	@mkdir -p build
	@$(PYBABEL) extract -F app/translations/babel.cfg $(SENTENCES) --sort-by-file --add-location=file -w 120 \
		--omit-header -o build/messages.pot .
	@$(PYBABEL) update -i build/messages.pot -d app/translations -w 120 --no-fuzzy-matching --ignore-obsolete \
		--ignore-pot-creation-date
	@$(PYTHON_HERE) -m babel.messages.frontend compile -d app/translations --statistics

bench: .venv/.dev ## Measure the speed against a bare Flask answer
	@$(PYTHON_HERE) -m bench $(ARGS)

clean: ## Remove what was installed and made, except the data in instance/
	rm -rf .venv build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp says that the packages of its list are installed; a newer list installs again.
.venv/.runtime: constraints.txt | .venv/bin/python
	@echo "Installing packages (once) ..."
	@$(PYTHON_HERE) -m pip --version >/dev/null 2>&1 || $(PYTHON_HERE) -m ensurepip >/dev/null
	@$(INSTALL) -r constraints.txt
	@touch $@

.venv/.dev: constraints.txt constraints-dev.txt | .venv/bin/python
	@echo "Installing packages and development tools (once) ..."
	@$(PYTHON_HERE) -m pip --version >/dev/null 2>&1 || $(PYTHON_HERE) -m ensurepip >/dev/null
	@$(INSTALL) -r constraints-dev.txt
	@touch .venv/.runtime $@

.venv/bin/python:
	@test -w . || { echo "Can't install: the folder $$(pwd) is not writable." >&2; exit 1; }
	@for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 ""; do \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && break; \
	done; \
	if test -z "$$python"; then \
		echo "Can't install: Python 3.11 or newer is needed, and there is none on the PATH." >&2; exit 1; \
	fi; \
	if ! "$$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then \
		echo "Can't install: Python's venv module is missing (on Debian: apt install python3-venv)." >&2; exit 1; \
	fi; \
	"$$python" -m venv --clear .venv
