# Presenter. Everything goes through tools/setup.py, which installs what is missing first.
# Settings are environment variables, or given here: make run PORT=8080 DATA_DIR=/srv/presenter

PYTHON ?= python3

.DEFAULT_GOAL := help
.PHONY: run setup test test-all check bench soak screenshots help

run: ## Set up what is missing, then serve Presenter
	@$(PYTHON) tools/setup.py run

setup: ## Do all that “make run” does before it serves
	@$(PYTHON) tools/setup.py setup

test: ## Run every test: lint, layers, Python, JavaScript, browsers
	@$(PYTHON) tools/setup.py test

test-all: ## Run the tests that take long as well
	@$(PYTHON) tools/setup.py test-all

check: ## Run the fast part of the tests
	@$(PYTHON) tools/setup.py check

bench: ## Measure the live path and the hall's first minute: make bench BENCH="--viewers 1000"
	@$(PYTHON) tools/setup.py bench

soak: ## Let a hall come and go for half an hour, and see that nothing grows: make soak SOAK="--minutes 10"
	@$(PYTHON) tools/setup.py soak

screenshots: ## Make the pictures of docs/presenting.md anew
	@$(PYTHON) tools/setup.py screenshots

help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
