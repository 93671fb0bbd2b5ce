"""The make that the deployed tests, the schedules and the weeks are played with, and nothing else says.

They stop and kill its gateway, which other makes have not. tests/conformance tries every make.
"""

DRIVER = "cashlogy"
NAME = "Cashlogy"
#: Brings the driver into a page.
DRIVER_MODULE = "@pos_smartcash_connector/app/gateway_driver"
