# MoE²: `make demo` runs the main job, `make test` the tests. Every target installs what it needs.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup build test sanitize demo demo-stop bench evaluation lab deb image format lint protos experts clean

JSON ?=
KEEP ?=
PORTS ?=

help: ## Show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

setup: ## Install what a build needs
	@scripts/setup.sh

build: setup ## Build the release programs: moe2, moe2-agent, moe2-gate
	@scripts/release.sh moe2 moe2-agent moe2-gate

experts: setup ## Install a llama.cpp server for the demo experts, unless one is there
	@Experts/setup.sh .venv

test: setup experts ## Run every test that needs no other machine
	@scripts/test.sh

demo: build experts ## Run a fleet of real models on this machine: JSON=FILE writes a report, KEEP=1 leaves it running, PORTS="7700 8080 9464" where
	@python3 demo/demo.py --programs "$$(scripts/release.sh --where)" \
	    $(if $(JSON),--json "$(JSON)") $(if $(KEEP),--keep) $(if $(PORTS),--ports $(PORTS))

demo-stop: ## End a demo that was left running
	@python3 demo/demo.py --stop

bench: build experts ## Run the benchmarks
	@scripts/bench.sh

evaluation: setup ## Train and evaluate on real outcomes and write docs/evaluation: DATA=FOLDER holds them
	@Benchmarks/gating/evaluation.sh "$(DATA)"

lab: ## Deploy a fleet to real hosts on this machine and see it survive what hosts do (needs root)
	@mkdir -p .lab && MOE2_LAB_REPORT="$(CURDIR)/.lab/report.md" python3 Tests/Suites/50-lab.py

deb: setup ## Build the Debian packages into dist/
	@scripts/deb.sh

image: ## Build the gate's container image, and dist/moe2-image.tar.gz for the playbooks
	docker build --tag moe2:0.1.0 .
	mkdir -p dist && docker save moe2:0.1.0 | gzip >dist/moe2-image.tar.gz

format: ## Format the Swift sources
	swift format --in-place --recursive Package.swift Sources Tests

sanitize: setup ## Run the tests of the expert selection under the address and thread sanitizers
	@scripts/sanitize.sh

lint: setup ## Check format, shell scripts and generated code
	@scripts/lint.sh

protos: ## Generate the C messages from Protos/
	@scripts/setup.sh protobuf-c-compiler
	@scripts/protos.sh

clean: ## Remove what was built
	rm -rf .build .build-sanitize .venv .venv-ansible .demo .lab dist
