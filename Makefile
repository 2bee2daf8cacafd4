# Go, Node and make are all it takes. `make help` lists the targets.

.DEFAULT_GOAL := help
.PHONY: help build page program cross release-check release-trial run check test bench fuzz clean toolchain go-modules unit test-tools
MAKEFLAGS += --no-print-directory
# What is cleaned is built afterwards, with -j too.
ifneq ($(filter clean,$(MAKECMDGOALS)),)
.NOTPARALLEL:
endif

GO_MIN   := 1.21
NODE_MIN := 20

GO_FILES   := go.mod go.sum $(shell find hls server wasm tools web -name node_modules -prune -o -name '*.go' ! -name '*_test.go' -print)
WASM_FILES := go.mod go.sum $(shell find hls wasm -name '*.go' ! -name '*_test.go')
CARD_FILES := $(shell find server -type f ! -name '*.go')
WEB_FILES  := $(shell find web/src web/page web/docs -type f ! -path '*/generated/*') $(wildcard web/*.mjs web/*.json) server/README.md server/tracker/README.md

FUZZTIME := 60s

# What a release has binaries for, see .goreleaser.yaml.
PLATFORMS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64

# Browser tests that wait more than they compute, count no copies and measure no time: three of these files run at once.
CALM := $(wildcard $(addprefix web/test/,$(addsuffix .test.mjs,checkout content digests firefox floor \
	image meeting origin package papers players program release rtc storage swaps tracker types units webtorrent)))
# Those about load or times, and those that keep both cores busy by themselves: with another beside them they would take
# longer than after it. All others, which look at who takes how much from whom, at the order of events or at a page that
# draws, run two at once.
ALONE := $(addprefix web/test/,$(addsuffix .test.mjs,bounds faults faults-alone generations page-controls page-craft \
	page-troubles page-visit shaka soak tabs))

WASM     := web/dist/loader.wasm
MODULES  := web/node_modules/.installed
SETTINGS := web/src/generated/settings.ts
WEB      := bin/.web-is-built
SERVER   := bin/p2p-mediastream$(if $(filter Windows_NT,$(OS)),.exe)
# Go puts the commit into what it builds, and gives up where git will not tell it: in a checkout of another user's.
VCS      := $(if $(shell git rev-parse HEAD 2>/dev/null),,-buildvcs=false)

## help: list the targets
help:
	@sed -n 's/^## \([a-z-]*\): /  make \1|/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-22s %s\n", $$1, $$2 }'

## build: bin/p2p-mediastream and web/dist
build: $(SERVER)

## page: web/dist alone
page: $(WEB)

# The server with the page that is there, as images have it: PROGRAM=/out/name, and
# GOOS, GOARCH and VERSION if they are not this machine's and git's.
program:
	@CGO_ENABLED=0 go build -trimpath $(VCS) -ldflags="-s -w -X main.release=$(VERSION)" -o "$(PROGRAM)" ./server

## cross: bin/cross: the server for every platform of a release
cross: toolchain go-modules
	@for platform in $(PLATFORMS); do \
		echo "Building for $$platform"; \
		GOOS=$${platform%/*} GOARCH=$${platform#*/} $(MAKE) program PROGRAM=bin/cross/$$platform/ || exit 1; \
	done

# It takes minutes to compile: a workflow runs it, `make test` does not.
GORELEASER := go run github.com/goreleaser/goreleaser/v2@v2.15.1

## release-check: check .goreleaser.yaml
release-check: toolchain
	@$(GORELEASER) check

## release-trial: bin/release: the archives of a release
release-trial: toolchain
	@$(GORELEASER) release --snapshot --clean

## run: build, then serve the demo at http://localhost:49199/ (ARGS="--help" for the flags)
run: build
	@echo "Starting the server; Ctrl-C stops it. Its flags go into ARGS, as in: make run ARGS=\"--listen :49200\""
	@exec $(SERVER) $(ARGS)

## check: formatting, vet, types, unit tests and simulations, without a browser
check: toolchain go-modules $(MODULES) $(SETTINGS)
	@echo "Checking formatting"
	@unformatted=$$(gofmt -l hls server wasm tools web/*.go); \
		if [ -n "$$unformatted" ]; then echo "not formatted by gofmt:"; echo "$$unformatted"; exit 1; fi
	@echo "Vetting Go, natively and for the browser"
	@go vet ./...
	@GOOS=js GOARCH=wasm go vet ./hls/... ./wasm/...
	@echo "Checking TypeScript"
	@cd web && node_modules/typescript/bin/tsc --noEmit
	@$(MAKE) unit

unit: toolchain go-modules $(MODULES) $(SETTINGS)
	@echo "Running the unit tests and the simulations"
	@go test $(RACE) $$(go list ./... | grep -v /wasm/simulation)
# It has one goroutine, so there are no races to look for, which would take five times as long.
	@go test ./wasm/simulation/...
	@node --test web/test/unit/*.test.mjs

## test: check, and the whole system in a real browser
test: test-tools
	@$(MAKE) check RACE=$(if $(shell command -v gcc || command -v clang),-race)
	@$(MAKE) build
	@$(MAKE) cross
	@echo "Running the browser tests"
	@failed=0; \
		node --test --test-concurrency=3 --test-timeout=600000 $(CALM) || failed=1; \
		node --test --test-concurrency=2 --test-timeout=600000 $(filter-out $(CALM) $(ALONE),$(wildcard web/test/*.test.mjs)) || failed=1; \
		node --test --test-concurrency=1 --test-timeout=600000 $(ALONE) || failed=1; \
		exit $$failed

test-tools: toolchain
	@.ci/test-tools

## bench: all figures, which takes hours; it begins with a list of the parts and how long each takes
bench: build
	@MAKE='$(MAKE)' .ci/bench

## fuzz: each fuzz target for a minute (FUZZTIME=10m for longer)
# Go would spend that minute on making the first input shorter that reaches something new by chance, such as the
# order of a map.
fuzz: toolchain go-modules
	@grep -ro --include='*_test.go' '^func Fuzz[A-Za-z0-9]*' hls server wasm tools | sed 's|/[^/]*:func | |' | sort | \
		while read -r room target; do \
			printf '%-16s %-20s ' $$room $$target; \
			said=$$(go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 100x ./$$room 2>&1) || \
				{ echo; echo "$$said"; exit 1; }; \
			echo "$$said" | sed -n '/execs:/h; $${x;s/.*execs: \([0-9]*\).*/\1 inputs/p;}'; \
		done

## clean: remove what was built; the downloaded packages stay
clean:
	rm -rf bin web/src/generated
	find web/dist -mindepth 1 ! -name .keep -delete

$(SERVER): $(WEB) $(GO_FILES) $(CARD_FILES)
	@echo "Building the server"
	@go build -trimpath $(VCS) -o $@ ./server

$(WEB): $(WASM) $(SETTINGS) $(MODULES) $(WEB_FILES)
	@echo "Building the page and the scripts"
	@node web/build.mjs
	@mkdir -p bin && touch $@

$(WASM): $(WASM_FILES) | go-modules
	@echo "Building the WebAssembly module (the first time this takes a minute or two)"
# The same command is in web/provenance.mjs, for those who want to make the same bytes: with -buildvcs=false they
# are those of the sources and of Go's version, in whatever folder, clone or archive.
	@GOOS=js GOARCH=wasm go build -trimpath -buildvcs=false -ldflags="-s -w" -o $@ ./wasm
	@touch $@

$(SETTINGS): wasm/config/config.go $(filter tools/settings/%,$(GO_FILES)) | toolchain
	@go run ./tools/settings -ts $@
	@touch $@

$(MODULES): web/package-lock.json web/package.json web/.npmrc | toolchain
	@.ci/fetch npm
	@touch $@

go-modules: toolchain
	@.ci/fetch go

toolchain:
	@.ci/toolchain $(GO_MIN) $(NODE_MIN)
