# Everything that is done with this source. `make` or `make help` lists it.
# Each target installs what it needs; all that it needs is Go.

SHELL   := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# Without this tag a tracing page of a library doubles the size of the program.
TAGS    := grpcnotrace
VERSION ?= $(shell git describe --tags --dirty 2>/dev/null || echo 1.0.0-dev)
COMMIT  ?= $(shell git rev-parse --short=12 HEAD 2>/dev/null)
# The date of the commit, not of the build, so that the same source gives the same bytes.
DATE    ?= $(shell git log -1 --format=%cs 2>/dev/null)
LDFLAGS := -s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT) -X main.date=$(DATE)
# What a profile of the yardstick's scenarios teaches the compiler is worth 2 to 9 % of
# processor time; docs/performance.md says how it is made. PGO=off builds a minute sooner.
PGO     ?= cmd/hekad/hekad.pgo
BUILD   := CGO_ENABLED=0 go build -pgo $(PGO) -trimpath -buildvcs=false -tags $(TAGS) -ldflags "$(LDFLAGS)"

TOOLS   := .tools
STATICCHECK_VERSION := v0.8.2
NFPM_VERSION := v2.45.1
DEBARCH ?= $(shell go env GOARCH)
FUZZTIME ?= 30s
PKG     ?= ./...
BENCH   ?=
PLATFORMS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64 freebsd/amd64 freebsd/arm64

.PHONY: help run build bench-tools test check fmt docs bench bench-lua bench-journal peers fuzz trust dist deb clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort | while IFS=$$'\t' read -r name what; do printf '  make %-13s %s\n' "$$name" "$$what"; done

run: build ## build hekad and run it on this machine: health, logs, syslog and Heka traffic on loopback
	@mkdir -p data
	bin/hekad run --config examples/default/hekad.toml

build: ## build bin/hekad, static
	@mkdir -p bin
	$(BUILD) -o bin/hekad ./cmd/hekad

bench-tools: ## build the yardstick's programs into bin/bench
	@mkdir -p bin/bench
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -o bin/bench/ ./bench/cmd/...

test: ## run all tests
	CGO_ENABLED=0 go test -tags $(TAGS) -timeout 20m ./...

check: $(TOOLS)/staticcheck ## what must be green before a commit: format, vet, staticcheck, tests with the race detector, fresh pages
	@bad=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$bad" ]; then echo "not formatted; run make fmt:"; echo "$$bad"; exit 1; fi
	go vet -tags $(TAGS) ./...
	$(TOOLS)/staticcheck -tags $(TAGS) ./...
	go run -buildvcs=false -tags $(TAGS) ./cmd/hekad docs --check
	@if command -v gcc >/dev/null || command -v clang >/dev/null; then \
		CGO_ENABLED=1 go test -tags $(TAGS) -race -shuffle=on -timeout 20m ./...; \
	else \
		echo "no C compiler: the race detector is left out"; \
		CGO_ENABLED=0 go test -tags $(TAGS) -shuffle=on -timeout 20m ./...; \
	fi

fmt: ## format the source
	gofmt -w $$(git ls-files '*.go')

docs: ## write the generated pages: docs/reference and the option tables of the plugins
	go run -buildvcs=false -tags $(TAGS) ./cmd/hekad docs

peers: ## unpack the peers that hekad is measured beside (Debian, as root)
	@if [ -x bench/.peers/bin/rsyslogd ]; then echo "peers are there"; \
	elif [ -f /etc/debian_version ] && [ "$$(id -u)" = 0 ]; then bench/install-peers.sh; \
	else echo "peers skipped: bench/install-peers.sh needs Debian and root"; fi

bench: build bench-tools peers ## measure hekad beside its peers; BENCH='-scenarios S1,S3 -times 5' chooses
	bin/bench/run $(BENCH)
	@$(MAKE) --no-print-directory bench-lua

bench-lua: ## measure the Lua beside Debian's lua5.1, lua-lpeg and lua-cjson, which it installs (Debian, as root)
	@if ! command -v lua5.1 >/dev/null && [ -f /etc/debian_version ] && [ "$$(id -u)" = 0 ]; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends lua5.1 lua-lpeg lua-cjson >/dev/null; fi
	@sh lua/testdata/bench/compare.sh
	@sh lua/testdata/bench/comparelibs.sh

bench-journal: build bench-tools peers ## the same for disk buffers: rates, an upstream that is away, kills; BENCH='-times 1 -kills 10' is short
	bin/bench/run -scenarios J1,J2,J2T,J3,KILL $(BENCH)

fuzz: ## run every fuzz target for FUZZTIME (default 30s); PKG=./match chooses
	@for pkg in $$(go list -tags $(TAGS) $(PKG)); do \
		dir=$$(go list -f '{{.Dir}}' $$pkg); \
		for target in $$(grep -hoE '^func Fuzz[A-Za-z0-9_]+' $$dir/*_test.go 2>/dev/null | sed 's/^func //' | sort); do \
			echo "$$pkg $$target"; \
			CGO_ENABLED=0 go test -tags $(TAGS) -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 5s $$pkg; \
		done; \
	done

# The lengths of make trust: together about 55 minutes on two cores.
KILLS   ?= 500
CRASHES ?= 20000
MODEL   ?= 100000
SOAK    ?= 10m
LOADS   ?= 10000
EXACT   ?= 100

trust: ## try the promises of docs/trust.md at length; KILLS, CRASHES, MODEL, LOADS and SOAK choose how long
	@echo "journal: model, in twenty processes, as every crash leaves its goroutines behind"
	@for i in $$(seq 20); do HEKA_MODEL_N=$$(($(MODEL) / 20)) CGO_ENABLED=0 \
		go test -tags $(TAGS) -count=1 -v -timeout 60m -run '^TestModel$$' ./journal | grep -E '^(--- FAIL|ok|FAIL|panic)|_test.go' || exit 1; done
	@echo "journal: crashes, damage, kills"
	HEKA_CRASHES=$(CRASHES) HEKA_EVERY_BIT=1 HEKA_KILLS=50 CGO_ENABLED=0 \
		go test -tags "$(TAGS) killpoints" -count=1 -v -timeout 60m ./journal | grep -E '^(---|    ---|ok|FAIL|panic)|_test.go'
	@echo "state of filters: exact after power cuts"
	HEKA_EXACT=$(EXACT) CGO_ENABLED=0 go test -tags $(TAGS) -count=1 -v -timeout 30m -run 'ExactAfter|BufferedOutputIsExact' ./pipeline | grep -E '^(---|    ---|ok|FAIL|panic)|_test.go'
	@echo "loads, replacements and unloads under traffic"
	HEKA_LOADS=$(LOADS) CGO_ENABLED=0 \
		go test -tags $(TAGS) -count=1 -v -timeout 60m -run TestLoadsUnderTraffic ./pipeline | grep -E '^(---|    ---|ok|FAIL|panic)|_test.go'
	@echo "the daemon from outside: kills, named points, damage, sick upstreams, overload, full disks, soak"
	HEKA_LEVEL=N HEKA_KILLS=$(KILLS) HEKA_SOAK=$(SOAK) CGO_ENABLED=0 \
		go test -tags $(TAGS) -count=1 -v -timeout 90m ./test/blackbox | grep -E '^(---|    ---|ok|FAIL|panic)|_test.go'

dist: ## build for every platform into dist/, with checksums; the same commit gives the same bytes
	@rm -rf dist && mkdir -p dist
	@for p in $(PLATFORMS); do \
		os=$${p%/*}; arch=$${p#*/}; name=hekad-$(VERSION)-$$os-$$arch; \
		if [ $$os = windows ]; then name=$$name.exe; fi; \
		echo $$name; \
		GOOS=$$os GOARCH=$$arch $(BUILD) -o dist/$$name ./cmd/hekad; \
	done
	@cd dist && sha256sum hekad-* > SHA256SUMS && cat SHA256SUMS

deb: ## build the Debian package, with its systemd unit, into dist/; DEBARCH=arm64 chooses the processor
	@mkdir -p dist/deb
	GOOS=linux GOARCH=$(DEBARCH) $(BUILD) -o dist/deb/hekad ./cmd/hekad
	go run -buildvcs=false -tags $(TAGS) ./cmd/hekad completion bash > dist/deb/hekad.bash
	VERSION=$(VERSION) ARCH=$(DEBARCH) go run github.com/goreleaser/nfpm/v2/cmd/nfpm@$(NFPM_VERSION) package -f packaging/nfpm.yaml -p deb -t dist/

clean: ## remove what the other targets made
	rm -rf bin dist data $(TOOLS)

$(TOOLS)/staticcheck:
	@mkdir -p $(TOOLS)
	GOBIN=$(CURDIR)/$(TOOLS) go install honnef.co/go/tools/cmd/staticcheck@$(STATICCHECK_VERSION)
