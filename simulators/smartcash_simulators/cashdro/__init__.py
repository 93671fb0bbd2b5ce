"""A CashDro: its web service (both entry points) over the model of the machine."""
