# The commands of the Data Entry Tool.
#
#   make run     sets everything up and serves the tool with made-up clients (PORT=8000)
#   make test    everything that CI runs
#   make bench   the benchmarks; writes docs/benchmarks.md
#   make fmt     formats the code
#   make lock    locks the requirements again (UPGRADE=--upgrade moves them to newer versions)
#
# Every step of the set-up leaves a file, and is done again only when what it was made from has changed.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := run
.DELETE_ON_ERROR:
.ONESHELL:
.SILENT:

PORT ?= 8000
# The Python that makes the environment; afterwards only the environment's own is used.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
UPGRADE ?=

PY := .venv/bin/python
PIP_INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes
ASSETS := static/vendor/govuk
AUTOCOMPLETE := static/vendor/autocomplete
LOCK := .venv/bin/uv pip compile --quiet --generate-hashes --no-header --no-strip-extras --python-version 3.11 $(UPGRADE)

# $(call apt_install,PACKAGE) installs a package of Debian where that is allowed, and fails otherwise.
define apt_install
	if ! command -v apt-get >/dev/null; then false; \
	elif [ "$$(id -u)" = 0 ]; then apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $(1); \
	elif sudo -n true 2>/dev/null; then sudo -n apt-get update -qq && sudo -n apt-get install -y -qq $(1); \
	else false; fi
endef

.PHONY: run test bench lock fmt setup setup-dev chromium

run: setup
	export DJANGO_SETTINGS_MODULE=ndtms.settings.local
	$(PY) manage.py migrate --verbosity 0
	$(PY) manage.py collectstatic --noinput --verbosity 0
	$(PY) manage.py make_demo_site
	echo "The Data Entry Tool is at http://localhost:$(PORT) (Ctrl-C stops it)"
	exec .venv/bin/gunicorn --config python:ndtms.server ndtms.wsgi --bind 127.0.0.1:$(PORT)

test: setup-dev chromium
	$(PY) -m tests.run_everything

bench: setup-dev
	$(PY) -m tests.bench

fmt: setup-dev
	.venv/bin/ruff check --fix-only .
	.venv/bin/ruff format .

lock: setup-dev
	$(LOCK) requirements.in -o requirements.txt >/dev/null
	$(LOCK) --constraint requirements.txt requirements-dev.in -o requirements-dev.txt >/dev/null
	$(LOCK) requirements-node.in -o requirements-node.txt >/dev/null
	PATH="$$PATH:$(CURDIR)/.venv/bin" npm install --package-lock-only --silent

# The set-up

setup: .venv/installed $(ASSETS)/govuk-frontend.min.css

setup-dev: .venv/installed-dev $(ASSETS)/govuk-frontend.min.css

.venv/bin/pip:
	[ -n "$(PYTHON)" ] || { echo "Python 3.11 or newer is needed: install it, or name it with make PYTHON=..."; exit 1; }
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed: install it, or name it with make PYTHON=..."; exit 1; }
	$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { $(call apt_install,python3-venv); } \
		|| { echo "Python cannot make environments here: install Debian's package python3-venv, then run this again"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/installed: requirements.txt | .venv/bin/pip
	echo "Installing the packages of requirements.txt"
	$(PIP_INSTALL) --requirement requirements.txt
	touch $@

.venv/installed-dev: requirements-dev.txt | .venv/bin/pip
	echo "Installing the packages of requirements-dev.txt"
	$(PIP_INSTALL) --requirement requirements-dev.txt
	touch $@

# The look of GOV.UK without its font and its crest, which only gov.uk may use: every rule that asks for a file is left
# out. So are the lines that name a source map, because it is not served.
$(ASSETS)/govuk-frontend.min.css: package.json package-lock.json .npmrc | .venv/bin/pip
	echo "Fetching govuk-frontend and accessible-autocomplete"
	command -v npm >/dev/null || $(PIP_INSTALL) --requirement requirements-node.txt
	PATH="$$PATH:$(CURDIR)/.venv/bin" npm ci --silent
	mkdir -p $(ASSETS) $(AUTOCOMPLETE)
	for file in js css; do \
		sed -e 's|//# sourceMappingURL=.*||' -e 's|/\*# sourceMappingURL=.*||' \
			node_modules/accessible-autocomplete/dist/accessible-autocomplete.min.$$file \
			>$(AUTOCOMPLETE)/accessible-autocomplete.min.$$file; done
	sed 's|//# sourceMappingURL=.*||' node_modules/govuk-frontend/dist/govuk/govuk-frontend.min.js \
		>$(ASSETS)/govuk-frontend.min.js
	sed -e 's|[^{}]*{[^{}]*url(/assets/[^{}]*}||g' -e 's|GDS Transport,||g' -e 's|/\*# sourceMappingURL=.*||' \
		node_modules/govuk-frontend/dist/govuk/govuk-frontend.min.css >$@
	if grep -E -q 'url\(|GDS Transport|sourceMappingURL' $(ASSETS)/*; then \
		echo "govuk-frontend has changed: its stylesheet still asks for files that are not there"; exit 1; fi

chromium:
	command -v chromium >/dev/null || { echo "Installing Chromium for the browser tests"; $(call apt_install,chromium); } \
		|| echo "Chromium is missing and may not be installed here: the browser tests will be skipped"
