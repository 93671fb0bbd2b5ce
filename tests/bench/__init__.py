"""What the promises about speed and thrift cost and gain, measured: ``python -m tests.bench``."""
