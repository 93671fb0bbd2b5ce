# Everything is done by tools/smartcash.py; `make <target> PYTHON=python3.12` chooses the Python.
PYTHON ?= python3
SMARTCASH = $(PYTHON) tools/smartcash.py

.PHONY: demo test test-core schedules week faults lint format bench gateway screenshots clean

demo:  ## PostgreSQL, Odoo 17, gateway, simulators and demo data; Ctrl-C stops them all
	@$(SMARTCASH) demo

test:  ## everything that has to be green
	@$(SMARTCASH) test

test-core:  ## Odoo's own Point of Sale, employee and restaurant tests with the addons installed
	@$(SMARTCASH) test-core

lint:  ## ruff, mypy, import-linter, pylint-odoo, eslint, tsc, prettier
	@$(SMARTCASH) lint

format:  ## mend what the linters can mend by themselves
	@$(SMARTCASH) format

schedules:  ## random days of runner, ledger, gateway and machine; SMARTCASH_SCHEDULES=5000 for more of them
	@$(SMARTCASH) python -m pytest tests/schedules -q

week:  ## weeks at two tills, each session closed and compared; SMARTCASH_WEEKS=20 for more of them
	@$(SMARTCASH) python -m pytest tests/week -q

faults:  ## a gateway and machines on which everything goes wrong; OPERATIONS=1000 SEED=1
	@$(SMARTCASH) python gateway/tests/fault_run.py --operations $(or $(OPERATIONS),1000) --seed $(or $(SEED),1)

bench:  ## measure, and write docs/benchmarks.md; SECTIONS="cashdro hesabe" for these only
	@$(SMARTCASH) bench $(SECTIONS)

gateway:  ## one file that needs no Python on the till: .run/dist/smartcash-gateway
	@$(SMARTCASH) gateway

screenshots:  ## make the guide's pictures and the addons' pages anew; wants `make demo` in another terminal
	@$(SMARTCASH) python docs/screenshots.py
	@$(SMARTCASH) python tools/store_pages.py

clean:  ## stop the embedded PostgreSQL; remove databases, logs and environments
	@$(SMARTCASH) clean
