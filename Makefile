# Everything is done by scripts/; where make is missing, call them: scripts/demo, scripts/test.
# Another Python than the one found: make demo PYTHON=/path/to/python3

.PHONY: demo test bench waits check format lock

demo:    # The Syrian demo, served on 127.0.0.1:8000. SERVE=0 stops before serving, PORT=8001 serves there.
	@scripts/demo

test:    # All checks and all tests, on PostgreSQL and on SQLite.
	@scripts/test

bench:   # How fast, beside what PostgreSQL alone takes. N="100000 1000000" sets the numbers of reports, PARTS="figures" what.
	@scripts/bench

waits:   # How long people wait on the pages: an import of 5,000 rows from upload to approval, 500 reports at once and undone.
	@N=1000 PARTS=waits scripts/bench

check:   # Form, types, the order of the rooms, migrations, settings.
	@scripts/check

format:  # Puts the code into its form.
	@scripts/format

lock:    # Renews requirements/*.txt from requirements/*.in.
	@scripts/lock
