# Celeriac: deploys Django + Celery over several hosts. `make help` lists what there is.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

ENV ?= lab
APP ?= celeriac.yml
PYTHON ?= python3

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.installed
PLAYBOOKS_LINTED := $(VENV)/.playbooks-linted
CELERIAC := $(BIN)/python -m celeriac
LAB := $(BIN)/python -m deploy.lab --env "$(if $(INVENTORIES),$(INVENTORIES)/)$(ENV)"
# Inventories may stand outside this repository.
PLACE = --environment "$(ENV)" --file "$(APP)" $(if $(INVENTORIES),--inventories "$(INVENTORIES)")

# Nothing of the caller's Python may leak into ours.
unexport PYTHONPATH PYTHONHOME DJANGO_SETTINGS_MODULE
export PYTHONUNBUFFERED := 1

##@ See it work
.PHONY: demo
demo: $(READY) ## Bare machine to main job: Docker, lab, deploy, and a task that runs on another host
	@$(BIN)/python -m demo

.PHONY: soak
soak: $(READY) lab ## Load the lab, break one part after the other, count (MINUTES=3, SEED=1, PLANT=…)
	@$(BIN)/python -m soak --minutes "$(or $(MINUTES),3)" --seed "$(or $(SEED),1)" $(if $(PLANT),--plant "$(PLANT)") $(if $(KEEP),--keep)

.PHONY: rollouts
rollouts: $(READY) lab ## Release good and bad code under load, and count (DEPLOYS=10, RATE=50, BAD="health …"|none, KEEP=1)
	@$(BIN)/python -m rollouts --deploys "$(or $(DEPLOYS),10)" --rate "$(or $(RATE),50)" $(if $(BAD),--bad $(filter-out none,$(BAD))) $(if $(KEEP),--keep)

##@ Deploy
.PHONY: deploy deploy-only
deploy: $(READY) lab-if-lab deploy-only ## Provision and deploy (ENV=lab|production|…, APP=path/celeriac.yml, CHECK=1 only tells, WITHOUT="host …")

deploy-only: $(READY)
	@$(CELERIAC) deploy $(PLACE) $(if $(CHECK),--check) $(if $(ACCEPT_DEGRADED_BROKER),--accept-degraded-broker) \
	  $(if $(STOP_REMOVED_BROKERS),--stop-removed-brokers) $(foreach host,$(WITHOUT),--without "$(host)") $(if $(FORCE),--force "$(FORCE)") \
	  $(if $(RESUME),--resume) $(if $(FULL),--full) $(if $(HOSTS),--hosts "$(HOSTS)") $(if $(SKIP_HOOKS),--skip-hooks)

.PHONY: rollback
rollback: $(READY) ## Go back to the release before, or to RELEASE=… (`celeriac releases` lists them)
	@$(CELERIAC) rollback $(PLACE) $(if $(RELEASE),"$(RELEASE)")

.PHONY: status logs
status: $(READY) ## Show what runs on ENV's hosts, and whether all of it does
	@$(CELERIAC) status $(PLACE)

logs: $(READY) ## Follow the logs of all hosts (POOL=mail, GREP=…, SINCE=10m)
	@$(CELERIAC) logs --follow $(PLACE) $(if $(POOL),--pool "$(POOL)") $(if $(GREP),--grep "$(GREP)") $(if $(SINCE),--since "$(SINCE)")

.PHONY: secrets
secrets: $(READY) ## Generate the secrets that ENV's vault does not hold yet
	@$(CELERIAC) secrets $(PLACE)

.PHONY: validate
validate: $(READY) ## Check APP's description against ENV's inventory, touching nothing
	@$(CELERIAC) check $(PLACE)

##@ The lab: hosts in containers on this machine
.PHONY: lab lab-down lab-status lab-if-lab
lab: $(READY) ## Start the hosts of the lab's inventory
	@$(LAB) up

lab-down: $(READY) ## Remove the lab with images, caches, keys and secrets (KEEP_CACHE=1 spares downloads)
	@$(LAB) down $(if $(KEEP_CACHE),--keep-cache)

lab-status: $(READY) ## Show the lab's hosts, addresses and memory
	@$(LAB) status

lab-if-lab: $(READY)
	@if [ "$(ENV)" = lab ]; then $(LAB) up; fi

##@ Develop
.PHONY: check lint quick
check: lint quick ## Lint, types, descriptions, unit tests: one to two minutes, and no lab

# Side by side, each part's output in one piece; one that fails keeps no other from running.
lint: $(READY)
	@$(MAKE) --no-print-directory --jobs --output-sync=target --keep-going lint-style lint-types lint-playbooks lint-descriptions

quick: $(READY)
	@$(BIN)/python -m pytest -q -n auto --dist worksteal tests/unit tests/artefacts

.PHONY: lint-style lint-types lint-playbooks lint-descriptions
lint-style: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

lint-types: $(READY)
	@$(BIN)/mypy

lint-playbooks: $(PLAYBOOKS_LINTED) ; @:

lint-descriptions: $(READY)
	@$(CELERIAC) check --environment lab --file celeriac.yml
	@$(CELERIAC) check --environment lab --file tests/apps/minimal/celeriac.yml
	@$(CELERIAC) check --environment lab --file tests/apps/ledger/celeriac.yml

# It has Ansible read every playbook and role one by one, which takes longer than all else in
# `check`: only after a change. A folder is newer when a file of it is gone.
$(PLAYBOOKS_LINTED): $(READY) .ansible-lint .yamllint $(shell find deploy/ansible \
    \( -name __pycache__ -o -name vault.yml -o -name known_hosts -o -name .vault-password \) -prune -o -print)
	@PATH="$(CURDIR)/$(BIN):$$PATH" ANSIBLE_CONFIG=deploy/ansible/ansible.cfg PYTHONPATH=. \
	  ansible-lint --offline -q deploy/ansible
	@touch $@

.PHONY: test
test: $(READY) ## Every test: quick checks, integration, lab and browser (installs what they need)
	@tests/run

.PHONY: format
format: $(READY) ## Put the code into its usual form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

.PHONY: schema
schema: $(READY) ## Write the JSON Schema of celeriac.yml again
	@$(CELERIAC) schema > celeriac/description/schema.json

.PHONY: lock
lock: $(READY) ## Resolve the requirements again (UPGRADE=1 takes newer versions)
	@compile="$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header $(if $(UPGRADE),--upgrade)"; \
	$$compile requirements/application.in --output-file requirements/application.txt; \
	$$compile requirements/application.in requirements/control.in \
	  --constraints requirements/application.txt --output-file requirements.txt; \
	for app in minimal ledger; do \
	  $$compile tests/apps/$$app/requirements.in --output-file tests/apps/$$app/requirements.txt; \
	done

.PHONY: clean
clean: ## Remove the control environment (the lab stays: `make lab-down` first)
	rm -rf $(VENV)

.PHONY: help
help: ## This list
	@awk 'BEGIN {FS = ":.*## "; print "usage: make TARGET [ENV=lab] [APP=celeriac.yml]"} \
	  /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# The control environment, from the lock and with its hashes. uv installs it in
# seconds; pip only fetches uv.
$(READY): requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version 2>&1). Name another: make PYTHON=python3.12 …" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "$(PYTHON) has no venv. On Debian: apt-get install python3-venv" >&2; exit 2; }
	@echo "Creating the control environment in $(VENV)"
	@$(PYTHON) -m venv --clear $(VENV)
	@awk '/^uv==/ {found = 1} found {print} found && !/\\$$/ && !/^ *#/ {exit}' requirements.txt > $(VENV)/uv.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.txt
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.txt
	@touch $@
