# Needs make and Python 3.11 or later; everything else goes into .venv, which
# is made on the first run, kept in step with requirements/, and mended if half made.

# Newest first. Later Pythons come last: their wheels may not be out yet.
PYTHONS = python3.14 python3.13 python3.12 python3.11 python3 python
ifdef PYTHON
PYTHONS = $(PYTHON)
endif

PY = .venv/bin/python
PIP = $(PY) -m pip --disable-pip-version-check install
LOCK = uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	--generate-hashes --only-binary :all: --custom-compile-command 'make lock' \
	--constraint requirements/constraints.in \
	--no-emit-index-url --no-emit-find-links --no-emit-package debugml

# The requirements that a stamp in .venv is named after.
define INSTALL
@touch .venv/busy
@$(PIP) --require-hashes -r requirements/$(@F).txt
@rm .venv/busy
@touch $@
endef

# Quarto, where it is used, runs cells in this environment.
export QUARTO_PYTHON = $(CURDIR)/$(PY)

# .venv/made says in which folder .venv was made; .venv/busy is there while pip
# works. A folder that moved, a Python that went and a broken installation all
# start again.
ifneq ($(shell [ -x $(PY) ] && [ ! -e .venv/busy ] && cat .venv/made 2>/dev/null),$(CURDIR))
.PHONY: .venv/made
endif

.NOTPARALLEL:

.PHONY: help
help:
	@echo 'make render    build the talk and the book into _site/ (ARGS="--profile NAME")'
	@echo 'make preview   serve them, and render again what changes'
	@echo 'make exercises a notebook a topic, in exercises/, and JupyterLab to do them in'
	@echo 'make test      the fast tests (ARGS="-k drift")'
	@echo 'make bench     speed and memory, as ratios, into talk/benchmarks.json (an hour at most)'
	@echo 'make peers     the libraries that the benchmarks compare with, in .venv-peers'
	@echo 'make study     compute all results of the case study anew'
	@echo 'make lock      requirements/*.txt anew, from the newest releases (needs uv)'
	@echo 'make clean     remove what was built; make distclean: the environment too'
	@echo
	@echo 'Set-up happens by itself, in .venv. PYTHON=/path/to/python chooses the Python.'

.PHONY: render
render: .venv/package
	@.venv/bin/debugml render $(ARGS)

.PHONY: preview
preview: .venv/package
	@.venv/bin/debugml preview $(ARGS)

# JupyterLab would ask servers for news and extensions; here it does not.
.PHONY: exercises
exercises: .venv/course .venv/package
	@.venv/bin/debugml exercises new all exercises
	@.venv/bin/jupyter lab --notebook-dir=exercises \
		--LabApp.extension_manager=readonly $(ARGS)

.PHONY: study
study: .venv/test .venv/package
	@.venv/bin/debugml study commit

.PHONY: test
test: .venv/test .venv/package
	@$(PY) -m pytest -m 'not slow and not browser and not quarto and not bench' \
		--numprocesses 2 --benchmark-disable $(ARGS)

# With .venv-peers there, the peers' rows too. The machine should do nothing else meanwhile.
.PHONY: bench
bench: .venv/test .venv/package
	@BENCHMARK_TABLE=talk/benchmarks.json $(PY) -m pytest tests/benchmarks -m bench -s \
		--benchmark-columns=min,mean,rounds $(ARGS)

# An environment of their own: they want an older pandas, and a Python before 3.13. The file
# names all that they need; looking again, pip would stumble over `pandas[parquet]`.
.PHONY: peers
peers: .venv-peers/made

.venv-peers/made: requirements/peers.txt
	@set -e; \
	for python in python3.12 python3.11 $(PYTHONS); do \
		"$$python" -c 'import sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' \
			2>/dev/null || continue; \
		echo 'Installing requirements/peers.txt into .venv-peers: over 2 GB on disk.'; \
		rm -rf .venv-peers; \
		"$$python" -m venv .venv-peers; \
		.venv-peers/bin/python -m pip --disable-pip-version-check install --quiet \
			--no-deps --require-hashes -r requirements/peers.txt; \
		touch $@; \
		exit 0; \
	done; \
	echo 'error: make peers needs Python 3.11 or 3.12: NannyML and frouros run on no later one.' >&2; \
	echo '  Name one: make peers PYTHON=/path/to/python3.12' >&2; \
	exit 1

.PHONY: clean
clean:
	rm -rf _site .debugml .quarto build dist .benchmarks .hypothesis \
		.mypy_cache .pytest_cache .ruff_cache .import_linter_cache

.PHONY: distclean
distclean: clean
	rm -rf .venv .venv-peers

.PHONY: lock
lock:
	@command -v uv >/dev/null || { echo 'make lock needs uv: pip install uv' >&2; exit 1; }
	$(LOCK) --extra talk pyproject.toml requirements/build.in -o requirements/talk.txt
	$(LOCK) --extra talk --extra test pyproject.toml requirements/build.in \
		--constraint requirements/talk.txt -o requirements/test.txt
	$(LOCK) --extra talk --extra course pyproject.toml requirements/build.in \
		--constraint requirements/talk.txt -o requirements/course.txt
	$(LOCK) requirements/peers.in -o requirements/peers.txt

.venv/talk: .venv/made requirements/talk.txt
	@echo 'Installing requirements/talk.txt into .venv: about 230 MB the first time.'
	$(INSTALL)

.venv/test: .venv/talk requirements/test.txt
	@echo 'Installing requirements/test.txt into .venv.'
	$(INSTALL)

.venv/course: .venv/talk requirements/course.txt
	@echo 'Installing requirements/course.txt into .venv: about 40 MB more.'
	$(INSTALL)
	-@.venv/bin/jupyter labextension disable --level=sys_prefix \
		@jupyterlab/apputils-extension:announcements 2>/dev/null

# No build isolation: what builds the package is among the pinned requirements.
.venv/package: .venv/talk pyproject.toml
	@$(PIP) --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/made:
	@set -e; bare=; \
	for python in $(PYTHONS); do \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		"$$python" -c 'import ensurepip, venv' 2>/dev/null || { bare="$$bare $$python"; continue; }; \
		echo "Making .venv with $$("$$python" --version)."; \
		rm -rf .venv; \
		"$$python" -m venv .venv; \
		pwd -P >$@; \
		exit 0; \
	done; \
	if [ -n "$$bare" ]; then \
		echo "error:$$bare came without venv or ensurepip." >&2; \
		echo '  Debian, Ubuntu: sudo apt install python3-venv (or python3.12-venv, as it is called)' >&2; \
	else \
		echo 'error: no Python 3.11 or later among: $(PYTHONS)' >&2; \
		echo '  Debian, Ubuntu: sudo apt install python3 python3-venv' >&2; \
		echo '  macOS: brew install python' >&2; \
		echo '  elsewhere: python.org/downloads' >&2; \
	fi; \
	echo '  or name another: make render PYTHON=/path/to/python' >&2; \
	exit 1
