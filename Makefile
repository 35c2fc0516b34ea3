# Each target works in a fresh clone on a Debian machine that has Swift 6.3 and nothing else.
.PHONY: demo test lint build release bench docs clean

demo: ## The main job on the embedded default: no account, no network.
	Scripts/install-prerequisites.sh
	swift build -c release --product nodevault
	Examples/demo.sh .build/release/nodevault

test: ## Everything that is tested, and one closing line.
	Scripts/install-prerequisites.sh
	Scripts/make-python-environment.sh
	Scripts/test.sh

lint: ## The format, checked strictly.
	git ls-files -z '*.swift' | xargs -0 swift format lint --strict --parallel

bench: ## Ratios against bare OpenSSL and SQLite, written to docs/benchmarks.md.
	Scripts/install-prerequisites.sh
	Benchmarks/run.sh

docs: ## The library's reference, by DocC, in .build/documentation.
	Scripts/make-documentation.sh

clean:
	rm -rf .build .venv
