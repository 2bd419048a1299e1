# Everything runs in .venv, made from requirements.lock. Debian packages: see debian-packages.txt.
PY := .venv/bin/python
PACKAGES := interfaces parsers exporters validation insurance ledger exchange prakan simulation

.PHONY: help setup test lint docs bench demo ui soak reliability lock clean

help:
	@echo "make demo   one business night on synthetic data, in Airflow, with a report"
	@echo "make test   the whole suite, on real parts (installs Debian packages when root)"
	@echo "make lint   ruff, mypy, import-linter"
	@echo "make ui     the Airflow web interface on loopback, with the DAGs loaded"
	@echo "make docs   partner specification pages from the declarations"
	@echo "make soak   long runs: every fault, every crash point, fuzzers"
	@echo "make reliability  every fault measured anew, docs/reliability.md written"
	@echo "make bench  every benchmark in short form"
	@echo "make lock   resolve requirements.lock again from setup.cfg"

setup: .venv/.ready

.venv/.ready: requirements.lock bootstrap.lock setup.cfg pyproject.toml setup.sh
	sh setup.sh venv

test: setup
	sh setup.sh packages
	$(PY) -m pytest -q
	$(MAKE) --no-print-directory lint

lint: setup
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/ruff check dags --select AIR3
	.venv/bin/mypy $(PACKAGES) dags benchmarks
	.venv/bin/lint-imports

demo: setup
	$(PY) -m prakan demo

ui: setup
	$(PY) -m prakan ui

docs: setup
	$(PY) -m prakan interfaces docs --out docs/interfaces

bench: setup
	$(PY) -m benchmarks

soak: setup
	PRAKAN_TESTS=whole $(PY) -m pytest -q -m "soak or sampled" tests

reliability: setup
	$(PY) -m tests.faults.page

lock:
	.venv/bin/uv pip compile -q setup.cfg --extra test \
	  --python-version 3.11 --generate-hashes -o requirements.lock

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
