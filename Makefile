# Every target does its own set-up from a fresh clone.
PYTHON ?= python3
SERVE := .venv-serve
DEV := .venv

.DEFAULT_GOAL := help
.PHONY: help serve demo test lint types bench audit evaluate clean

help: ## What there is to do
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

serve: $(SERVE)/.ready ## Install what serving needs and run the service on 127.0.0.1:8000
	$(SERVE)/bin/python -m moderation serve

demo: $(SERVE)/.ready ## A fresh database full of comments, to moderate in right away
	$(SERVE)/bin/python -m moderation demo

test: $(DEV)/.ready lint types ## Install everything, then lint, types and all tests
	$(DEV)/bin/python -m pytest

lint: $(DEV)/.ready ## ruff
	$(DEV)/bin/ruff check .
	$(DEV)/bin/ruff format --check .

types: $(DEV)/.ready ## mypy, strict
	$(DEV)/bin/mypy

bench: $(DEV)/.ready ## Speed, memory and start time on this machine
	$(DEV)/bin/python -m bench
	$(DEV)/bin/python -m bench.review
	bench/install.sh

audit: $(DEV)/.ready ## Known vulnerabilities of what serving installs; asks pypi.org
	$(DEV)/bin/pip install --quiet --disable-pip-version-check pip-audit==2.10.1
	$(DEV)/bin/pip-audit --requirement requirements/serve.txt --no-deps --disable-pip

evaluate: $(DEV)/.ready ## The shipped model and the SVM baseline on every public test split
	$(DEV)/bin/python -m training evaluate

clean: ## Remove environments and caches
	rm -rf $(SERVE) $(DEV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(SERVE)/.ready: requirements/serve.txt
	$(PYTHON) -m venv $(SERVE)
	$(SERVE)/bin/pip install --quiet --disable-pip-version-check -r requirements/serve.txt
	touch $@

$(DEV)/.ready: requirements.txt requirements/serve.txt requirements/train.txt requirements/test.txt
	$(PYTHON) -m venv $(DEV)
	# torch first: later packages then take this build instead of one for GPUs.
	$(DEV)/bin/pip install --quiet --disable-pip-version-check "$$(grep '^torch==' requirements/train.txt)"
	$(DEV)/bin/pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@
