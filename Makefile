# make run   build, and serve the demo world
# make test  start throwaway servers, run every test, end with the summary
# make check format, lint, race tests, policy coverage: what a change must pass before it is sent
# make bench measure decisions, memory, loading and HTTP, and print the figures
# make fmt   format Go and Rego

GO ?= go
TOOL = $(GO) tool -modfile=tools.mod
export CGO_ENABLED ?= 0

.PHONY: run build test check race lint fmt bench fuzz

run: build
	./bin/steelgate serve --dev

build:
	$(GO) build -trimpath -o bin/steelgate ./cmd/steelgate

test: build
	scripts/test-servers run $(TOOL) gotestsum --format pkgname-and-test-fails --hide-summary skipped -- -timeout 20m ./...

check: lint race
	git diff --exit-code

race:
	CGO_ENABLED=1 scripts/test-servers run $(TOOL) gotestsum --format pkgname-and-test-fails -- -race -timeout 40m ./...

lint:
	test -z "$$(gofmt -l $$(git ls-files '*.go'))"
	$(GO) vet ./...
	$(TOOL) golangci-lint run ./...
	$(TOOL) opa fmt --fail --list policies policy_test
	$(TOOL) opa check --strict --capabilities /dev/null policies 2>/dev/null || bin/steelgate policy check policies
	bin/steelgate policy test

fmt:
	gofmt -w $$(git ls-files '*.go')
	$(TOOL) opa fmt --write policies policy_test

bench: build
	$(GO) run ./bench

# FUZZTIME a target, every target in turn.
FUZZTIME ?= 20s
fuzz:
	scripts/fuzz $(FUZZTIME)
