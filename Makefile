# `make` lists what there is. Only Go and git are needed, except where a line says so.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory --no-builtin-rules

# Go keeps its caches under HOME. Where there is none, they live here.
ifeq ($(strip $(HOME)),)
export HOME := $(CURDIR)/.cache/home
export GOPATH ?= $(CURDIR)/.cache/go
export GOCACHE ?= $(CURDIR)/.cache/go-build
endif

# A checkout that belongs to somebody else makes git, and then go build, refuse.
export GOFLAGS := $(filter-out -buildvcs=%,$(GOFLAGS)) -buildvcs=false

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
LDFLAGS := -s -w -X github.com/claw-verified/claw-verified/internal/version.version=$(VERSION)
FUZZTIME ?= 10s

# The race detector needs a C compiler and doubles the time: CI only.
RACE := $(if $(filter true,$(CI)),$(if $(shell command -v gcc 2>/dev/null),-race))

# Tools are built once for each state of the module that names them.
tooldir = $(CURDIR)/.cache/tools/$(shell cat $(1)/go.mod $(1)/go.sum | cksum | tr -d ' ')
TOOLS := $(call tooldir,tools)
ACTIONS := $(call tooldir,tools/actions)
GOLANGCI := $(TOOLS)/golangci-lint
GOVULNCHECK := $(TOOLS)/govulncheck
ACTIONLINT := $(ACTIONS)/actionlint
ACT := $(ACTIONS)/act
COSIGN := $(call tooldir,tools/cosign)/cosign
CONFTEST := $(call tooldir,tools/conftest)/conftest

.PHONY: help
help: ## list what there is
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build bin/claw-verified
	@CGO_ENABLED=0 go build -trimpath -ldflags "$(LDFLAGS)" -o bin/claw-verified ./cmd/claw-verified

.PHONY: demo
demo: build ## make a small real repository, judge it, mend it, judge it again
	@CGO_ENABLED=0 go run -trimpath ./scripts/demo # the flags of build: one set of compiled packages

.PHONY: test
test: ## vet and run all tests (race detector with CI=true)
	@go vet -tags e2e ./...
	@go test $(RACE) ./...

.PHONY: lint
lint: $(GOLANGCI) $(ACTIONLINT) ## golangci-lint, gofumpt, actionlint, bash -n (builds the tools once: minutes)
	@$(GOLANGCI) run ./...
	@$(GOLANGCI) fmt --diff
	@$(ACTIONLINT)
	@for f in .ci/run e2e/setup.sh e2e/*/setup.sh scripts/*.sh; do bash -n "$$f"; done

.PHONY: fmt
fmt: $(GOLANGCI) ## format all Go files with gofumpt
	@$(GOLANGCI) fmt

.PHONY: e2e
e2e: $(ACT) $(COSIGN) ## run the images, the action and cosign for real (root, podman; see e2e/doc.go)
	@go test -tags e2e -count=1 ./e2e/plans
	@$(MAKE) e2e-emulate
	@e2e/setup.sh
	@CLAW_E2E_COSIGN=$(COSIGN) go test -tags e2e -count=1 ./e2e/cosign
	@CLAW_E2E_ACT=$(ACT) go test -tags e2e -count=1 -timeout 18m ./e2e

.PHONY: e2e-emulate
e2e-emulate: ## hold our GitHub client against an emulator of GitHub (Node 20, npm; see e2e/emulate/doc.go)
	@there=$$(e2e/emulate/setup.sh); CLAW_E2E_EMULATE=$${there%% *} CLAW_E2E_NODE=$${there##* } go test -tags e2e -count=1 ./e2e/emulate

# Not a part of e2e: building Gitea takes minutes.
.PHONY: e2e-forge
e2e-forge: ## hold the check of provenance against a real forge (builds Gitea once: minutes; see e2e/gitea/doc.go)
	@gitea=$$(e2e/gitea/setup.sh); CLAW_E2E_GITEA=$$gitea go test -tags e2e -count=1 -v ./e2e/gitea

.PHONY: fuzz
fuzz: ## run every fuzz test for FUZZTIME (10s)
	@FUZZTIME=$(FUZZTIME) scripts/fuzz.sh

.PHONY: bench
bench: build ## run the benchmarks, then time the start of the program
	@go test -run '^$$' -bench . -benchmem ./...
	@scripts/startup.sh bin/claw-verified --help
	@$(MAKE) bench-plan

SIZE ?= 1MB,50MB
.PHONY: bench-plan
bench-plan: build ## read made-up plans beside other programs (SIZE=500MB: and hold the bars)
	@$(MAKE) $(CONFTEST) >/dev/null || echo "conftest cannot be had here" >&2
	@go run -trimpath ./scripts/planbench -sizes $(SIZE) -conftest $(CONFTEST)

# Other versions than these change what the README beside the result says.
OCTOKIT := @octokit/openapi@23.0.2 @octokit/graphql-schema@15.26.1
.PHONY: schemas
schemas: ## make the schemas of internal/ghtest again from GitHub's own (npm; see its schema/README.md)
	@dir=$$(mktemp -d); trap 'rm -rf "$$dir"' EXIT; \
	npm pack --silent --pack-destination "$$dir" $(OCTOKIT) >/dev/null; \
	for f in "$$dir"/*.tgz; do tar -xzf "$$f" -C "$$dir" package/generated/api.github.com.json 2>/dev/null || tar -xzf "$$f" -C "$$dir" package/schema.graphql; done; \
	sha256sum "$$dir/package/generated/api.github.com.json" "$$dir/package/schema.graphql" | sed "s|$$dir/||"; \
	go run -trimpath ./scripts/ghschema -openapi "$$dir/package/generated/api.github.com.json" -graphql "$$dir/package/schema.graphql"

.PHONY: vuln
vuln: $(GOVULNCHECK) ## look for known weaknesses in what we import (needs the network)
	@$(GOVULNCHECK) ./...

.PHONY: clean
clean: ## remove what was built, and the caches kept here
	@chmod -R u+w .cache bin 2>/dev/null || true
	@rm -rf bin .cache

$(GOLANGCI): pkg := github.com/golangci/golangci-lint/v2/cmd/golangci-lint
$(GOVULNCHECK): pkg := golang.org/x/vuln/cmd/govulncheck
$(ACTIONLINT): pkg := github.com/rhysd/actionlint/cmd/actionlint
$(ACT): pkg := github.com/nektos/act

$(TOOLS)/%:
	@echo "building $* (once)" >&2
	@CGO_ENABLED=0 go build -C tools -trimpath -o $@ $(pkg)

$(ACTIONS)/%:
	@echo "building $* (once)" >&2
	@CGO_ENABLED=0 go build -C tools/actions -trimpath -o $@ $(pkg)

# What our speed is measured against.
$(CONFTEST):
	@echo "building conftest (once, minutes)" >&2
	@CGO_ENABLED=0 go build -C tools/conftest -trimpath -ldflags '-s -w' -o $@ github.com/open-policy-agent/conftest

# The foreign program that our attestations are held against: a module of its own, so
# that it is built with its own requirements and not with ours.
$(COSIGN):
	@echo "building cosign (once, minutes)" >&2
	@CGO_ENABLED=0 go build -C tools/cosign -trimpath -ldflags '-s -w' -o $@ github.com/sigstore/cosign/v2/cmd/cosign
