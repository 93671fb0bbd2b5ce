# The model itself comes first: Odoo wants it before what extends it.
from . import smartcash_setup  # isort: split

from . import (
    books,
    connect,
    opening_float,
    trial,
)
