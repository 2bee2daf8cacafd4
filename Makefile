# Go, Node and make are all it takes. `make help` lists the targets.

.DEFAULT_GOAL := help
.PHONY: help build run check test bench fuzz clean toolchain unit test-tools
MAKEFLAGS += --no-print-directory

GO_MIN   := 1.21
NODE_MIN := 20

GO_FILES   := go.mod go.sum $(shell find hls server wasm tools web -name node_modules -prune -o -name '*.go' ! -name '*_test.go' -print)
WASM_FILES := go.mod go.sum $(shell find hls wasm -name '*.go' ! -name '*_test.go')
CARD_FILES := $(shell find server -type f ! -name '*.go')
WEB_FILES  := $(shell find web/src web/page -type f ! -path '*/generated/*') $(wildcard web/*.mjs web/*.json)

FUZZTIME := 60s
POLICIES := ours,ours-whole,election,threshold,javascript,tuned,plain

WASM     := web/dist/loader.wasm
MODULES  := web/node_modules/.installed
SETTINGS := web/src/generated/settings.ts
WEB      := bin/.web-is-built
SERVER   := bin/p2p-mediastream

## help: list the targets
help:
	@sed -n 's/^## \([a-z]*\): /  make \1|/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-12s %s\n", $$1, $$2 }'

## build: bin/p2p-mediastream and web/dist
build: $(SERVER)

## run: build, then serve the demo at http://localhost:49199/ (ARGS="--help" for the flags)
run: build
	@echo "Starting the server; Ctrl-C stops it."
	@exec $(SERVER) $(ARGS)

## check: formatting, vet, types, unit tests and simulations, without a browser
check: toolchain $(MODULES) $(SETTINGS)
	@echo "Checking formatting"
	@unformatted=$$(gofmt -l hls server wasm tools web/*.go); \
		if [ -n "$$unformatted" ]; then echo "not formatted by gofmt:"; echo "$$unformatted"; exit 1; fi
	@echo "Vetting Go, natively and for the browser"
	@go vet ./...
	@GOOS=js GOARCH=wasm go vet ./hls/... ./wasm/...
	@echo "Checking TypeScript"
	@cd web && node_modules/typescript/bin/tsc --noEmit
	@$(MAKE) unit

unit: toolchain $(MODULES) $(SETTINGS)
	@echo "Running the unit tests and the simulations"
	@go test $(RACE) ./...
	@node --test web/test/unit/*.test.mjs

## test: check, and the whole system in a real browser
test: test-tools
	@$(MAKE) check RACE=$(if $(shell command -v gcc || command -v clang),-race)
	@$(MAKE) build
	@echo "Running the browser tests"
	@node --test --test-concurrency=1 --test-timeout=600000 web/test/*.test.mjs

test-tools:
	@.ci/test-tools

## bench: the module's size, how fast the parts are, what they do with any input, what tracker and STUN take, and what the origin is spared
bench: build
	@for f in $(WASM) $(WASM).gz $(WASM).br; do printf '%-28s %9d bytes\n' $$f $$(wc -c < $$f); done
	@go test -run '^$$' -bench . -benchmem ./...
	@$(MAKE) fuzz
	@go run ./tools/load tracker -scenario loop
	@go run ./tools/load tracker -scenario held -rounds 1
	@go run ./tools/load stun
	@go run ./tools/simulate -scenario swarm -policy $(POLICIES)
	@for f in web/bench/*.mjs; do [ ! -e $$f ] || node $$f || exit 1; done

## fuzz: each fuzz target for a minute (FUZZTIME=10m for longer)
# Go would spend that minute on making the first input shorter that reaches something new by chance, such as the
# order of a map.
fuzz: toolchain
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
	@go build -trimpath -o $@ ./server

$(WEB): $(WASM) $(SETTINGS) $(MODULES) $(WEB_FILES)
	@echo "Building the page and the scripts"
	@node web/build.mjs
	@mkdir -p bin && touch $@

$(WASM): $(WASM_FILES) | toolchain
	@echo "Building the WebAssembly module (the first time, Go fetches its modules and this takes a minute or two)"
	@GOOS=js GOARCH=wasm go build -trimpath -ldflags="-s -w" -o $@ ./wasm
	@touch $@

$(SETTINGS): wasm/config/config.go $(filter tools/settings/%,$(GO_FILES)) | toolchain
	@go run ./tools/settings -ts $@
	@touch $@

$(MODULES): web/package-lock.json web/package.json web/.npmrc | toolchain
	@echo "Fetching the npm packages"
	@cd web && npm ci
	@touch $@

toolchain:
	@.ci/toolchain $(GO_MIN) $(NODE_MIN)
