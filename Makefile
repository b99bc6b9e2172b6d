# make run and make test are all that it takes to try steelgate and to change it. `make` alone lists the rest.

GO ?= go
# The tools of the house are pinned apart from what the program is built of, and the linter apart from both: it and OPA
# need one library in two versions.
TOOL = $(GO) tool -modfile=tools.mod
LINT = $(GO) tool -modfile=lint.mod golangci-lint
# Everything, beside throwaway servers: see scripts/test.
TEST = scripts/test-servers run --browser --proxies --python scripts/test
GO_TESTS = $(TOOL) gotestsum --format pkgname-and-test-fails --
FUZZTIME ?= 20s

# A checkout that git can not read (another user's, or without git) is built without its revision.
VCS := $(shell git rev-parse HEAD >/dev/null 2>&1 && echo auto || echo false)

# Everything is plain Go but the race detector.
export CGO_ENABLED = 0

# The web console is built of what stands here, with Node, into the folder that Go embeds.
CONSOLE = console/dist/index.html
CONSOLE_SOURCES := $(shell find console/src console/public -type f 2>/dev/null) $(wildcard console/*.html console/*.json) console/vite.config.ts

.PHONY: help run build console test journeys race check tidy lint policy fmt bench fuzz

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## build, and serve the demo world: it prints keys, and curls to paste
	./bin/steelgate serve --dev

console: $(CONSOLE) ## build the web console alone, which make build does too

console/node_modules/.package-lock.json: console/package.json console/package-lock.json
	@command -v node >/dev/null && command -v npm >/dev/null || { echo "The web console is built with Node 20.19 or newer and npm, and one of them is missing: install both (on Debian: nodejs and npm). Without the console: $(GO) build -o bin/steelgate ./cmd/steelgate" >&2; exit 1; }
	cd console && npm ci --ignore-scripts --no-progress
	@touch $@

$(CONSOLE): console/node_modules/.package-lock.json $(CONSOLE_SOURCES)
	cd console && npm run --silent build

sdk/typescript/node_modules/.package-lock.json: sdk/typescript/package.json sdk/typescript/package-lock.json
	cd sdk/typescript && npm ci --ignore-scripts --no-progress
	@touch $@

SDKS = sdk/typescript/node_modules/.package-lock.json

build: $(CONSOLE) ## build bin/steelgate, with the web console in it
	$(GO) build -trimpath -buildvcs=$(VCS) -o bin/steelgate ./cmd/steelgate

test: build $(SDKS) ## every test, beside a throwaway Postgres, Redis and OpenID provider; the summary comes last
	$(TEST) $(GO_TESTS) -timeout 20m ./...

race: build $(SDKS) ## the same, Go under the race detector, which needs a C compiler
	$(TEST) env CGO_ENABLED=1 $(GO_TESTS) -race -timeout 40m ./...

journeys: build ## the tests in a browser alone; ARGS="keys" picks those of console/e2e/keys-*.spec.ts
	cd console && ../scripts/test-servers run --browser npm run --silent e2e -- $(ARGS)

check: tidy lint policy race ## what a change must pass before it is sent

tidy: ## fail where go.mod is not what the code needs
	$(GO) mod tidy -diff
	$(GO) -C sdk/go mod tidy -diff
	$(GO) -C sdk/go/examples/mcp mod tidy -diff

lint: ## fail where Go or Rego is not as the house writes it
	$(LINT) run ./...
	linter="$$($(GO) tool -n -modfile=lint.mod golangci-lint)" && for module in sdk/go sdk/go/examples/mcp; do (cd $$module && "$$linter" run ./...) || exit; done
	$(TOOL) opa fmt --fail --list policies policy_test engine/bundle/edge

policy: build ## compile the policy as the server does, run its tests, and show what they cover
	./bin/steelgate policy check policies
	./bin/steelgate policy test policies policy_test

fmt: ## format Go and Rego
	$(LINT) fmt ./...
	gofmt -w sdk/go
	$(TOOL) opa fmt --write policies policy_test engine/bundle/edge

bench: ## measure decisions, memory, a start and HTTP; BENCH="-keys 1000,10000" for a quick look
	$(GO) run ./bench $(BENCH)

fuzz: ## fuzz every parser of hostile bytes in turn, FUZZTIME each (20s)
	scripts/fuzz $(FUZZTIME)
