# SPDX-License-Identifier: Apache-2.0
# Each target installs what it needs and is missing. See README.md.

.PHONY: help demo test build release soundness format protos api simulate fuzz crash hostile benchmark clean

help: ## says what there is
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 12

demo: ## builds, then runs four teams' assets for a year of flights (UNTIL=gate stops where the gate has closed)
	@scripts/demo.sh

test: ## builds, then runs every test, with the servers that they need
	@scripts/test.sh

build: ## builds everything, tests included
	@scripts/build.sh --tests

PRODUCTS ?= sluiced sluice
release: ## builds PRODUCTS as they are to be deployed, into .build-release/release
	@scripts/release.sh $(PRODUCTS)

soundness: ## format, docs, import directions, licence headers, generated code
	@scripts/soundness.sh

format: ## brings every Swift file into the format that the soundness check wants
	@PYTHONPATH=scripts PYTHONDONTWRITEBYTECODE=1 python3 -m soundness --swift | xargs -0 swift format --in-place

protos: ## generates the Swift code of the .proto files
	@scripts/generate-protos.sh

TAG ?=
api: ## compares the public API with that of the last release, or of TAG
	@scripts/api-check.sh $(TAG)

SEEDS ?= 2000
simulate: ## runs the core against SEEDS random workspaces full of faults
	@scripts/simulate.sh --seeds $(SEEDS)

SECONDS_EACH ?= 60
JOBS ?= 1
TARGETS ?=
fuzz: ## feeds each decoder with what libFuzzer makes up, SECONDS_EACH, JOBS at a time (TARGETS="cron manifest" for some of them)
	@scripts/fuzz.sh --seconds $(SECONDS_EACH) --jobs $(JOBS) $(TARGETS)

KILLS ?= 40
SEED ?=
STORE ?= sqlite
DAEMONS ?= 1
crash: ## kills daemons, locations and store KILLS times in the midst of work, at moments from SEED, and compares with a model
	@scripts/crash.sh --kills $(KILLS) --store $(STORE) --daemons $(DAEMONS) $(if $(SEED),--seed $(SEED))

OPTIONS ?=
hostile: ## attacks the release build from a hostile location in every known way (OPTIONS="--only RingOfAssets,gate --quick …")
	@scripts/hostile.sh $(OPTIONS)

benchmark: ## measures the release build (OPTIONS="--dagster --store postgres --quick …", see Benchmarks/README.md)
	@scripts/benchmark.sh $(OPTIONS)

clean: ## removes what builds and demos leave
	rm -rf .build .build-* .demo* .sluice
