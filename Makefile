# All that a person needs: make run · make test · make check · make bench
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
UV := .venv/bin/uv
BIN := .venv/bin
DEMO := build/demo

help: ## show what there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

.venv/.ready: pyproject.toml uv.lock
	@test -x $(UV) || { python3 -m venv .venv && .venv/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.5'; }
	@VIRTUAL_ENV=$(CURDIR)/.venv $(UV) sync --quiet --frozen --inexact
	@touch $@

run: .venv/.ready ## simulate a shop and a portfolio of contracts, value them, say where the reports lie
	@mkdir -p build
	@$(BIN)/clove simulate shop --customers 3000 --seed 1 --out $(DEMO)/shop
	@$(BIN)/clove value $(DEMO)/shop/orders.csv --out $(DEMO)/value --currency GBP
	@$(BIN)/clove simulate contracts --contracts 1500 --seed 1 --out $(DEMO)/portfolio
	@$(BIN)/clove contracts value $(DEMO)/portfolio --out $(DEMO)/contracts

test: .venv/.ready ## every test
	@$(BIN)/pytest -n 2

check: .venv/.ready ## lint, format, types, import contracts, lock hosts, docs
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports
	@$(BIN)/python tools/lock_hosts.py uv.lock
	@$(BIN)/pytest -q tests/docs

bench: .venv/.ready ## side by side with the peers, in environments of their own
	@$(BIN)/python benchmarks/run.py

.PHONY: help run test check bench
