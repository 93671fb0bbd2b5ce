# What others extend comes first.
from . import cashdro_access  # isort: split

from . import driver  # isort: split

from . import (
    browser,
    browser_unattended,
    connection,
    levels,
    pos_payment_method,
    smartcash_device,
    smartcash_operation,
    smartcash_rule,
    unattended,
)
