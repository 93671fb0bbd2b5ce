# The model itself comes first: Odoo wants it before what extends it.
from . import smartcash_device  # isort: split

from . import (
    attention,
    driver,
    health,
    home,
    idle,
    level,
    levels,
    opening_float,
    overview,
    setup,
    smartcash_driver,
)
