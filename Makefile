# One word per job; `make` alone lists them. Set-up runs by itself and does nothing when nothing changed.
SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
BIN := .venv/bin
PYTHON := $(BIN)/python
# most tests wait for real servers and real time: one worker more than cores keeps both busy
WORKERS ?= $(shell echo $$(($$(nproc) + 1)))
LOCKED := .ci/setup pyproject.toml uv.lock \
  $(wildcard hatch_build.py package.json package-lock.json cloud/web/locale/*/LC_MESSAGES/*.po)
# a stamp without its environment is worth nothing
AGAIN := $(if $(wildcard $(PYTHON)),,again)
CHECKS := check-format check-lint check-types check-imports check-tidy check-docs

.PHONY: help demo test check sim bench screens docs clean packages again $(CHECKS)

help: ## 列出指令 · list the commands
	@echo "SealGate"
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .cache/ready-run ## 示範：兩個閘道、雲端、看板，全在本機 · two gates, the cloud and the board on this machine
	@$(BIN)/sealgate-cloud demo $(ARGS)

test: .cache/ready-dev packages ## 全部測試 · the whole suite (ARGS="-k outbox" for a part)
	@$(PYTHON) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

check: .cache/ready-dev ## 格式、型別、分層、文件是否一致 · format, lint, types, layers, tidiness, generated pages
	@$(MAKE) -j2 -k -Otarget $(CHECKS) && echo "check: all good"

sim: .cache/ready-dev ## 模擬：虛擬時鐘、許多故障 · the simulation, many faults under a virtual clock (SEED=7 for one run)
	@$(PYTHON) -m tests.simulation $(if $(SEED),--seed $(SEED),--seeds 5) $(ARGS)

screens: .cache/ready-dev packages ## 車道畫面圖冊 docs/kiosk · pictures of every state of the lane screens (ARGS=state for some)
	@$(PYTHON) -m tests.web.kiosk_album $(ARGS)

bench: .cache/ready-dev packages ## 量測，旁列純函式庫的極限 · measurements beside the bare limits
	@$(PYTHON) -m tests.bench $(ARGS)

docs: .cache/ready-dev ## 重新產生文件與綱要 · write the generated pages and schemas again
	@$(PYTHON) -m docs.generator $(ARGS)

clean: ## 移除環境、快取與示範資料 · remove environment, caches and demo data
	rm -rf .venv .cache .demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache node_modules

check-format:
	@$(BIN)/ruff format --check --quiet . || { echo "ruff format: run $(BIN)/ruff format ."; exit 1; }
check-lint:
	@$(BIN)/ruff check --quiet .
check-types:
	@$(BIN)/mypy --no-error-summary
check-imports:
	@said=$$($(BIN)/lint-imports --no-logo 2>&1) || { echo "$$said"; exit 1; }
check-tidy:
	@$(PYTHON) -m pytest --noconftest tests/test_tidy.py
check-docs:
	@$(PYTHON) -m docs.generator --check

packages: # what the tests start for real: broker, database, receiver daemon, browser
	@.ci/packages

.cache/ready-run: $(LOCKED) $(AGAIN)
	@.ci/setup run && touch $@
.cache/ready-dev: $(LOCKED) $(AGAIN)
	@.ci/setup dev && touch $@ .cache/ready-run
