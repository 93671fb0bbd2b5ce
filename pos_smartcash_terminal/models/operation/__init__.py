# The model itself comes first: Odoo wants it before what extends it.
from . import smartcash_operation  # isort: split

from . import (
    adopt,
    booking,
    decisions,
    engine,
    event,
    idle,
    match,
    owed,
    progress,
    questions,
    refunds,
    register,
    resolve,
    token,
)
