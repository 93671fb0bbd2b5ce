# The driver itself comes first: Odoo wants it before what extends it.
from . import driver  # isort: split

from . import (
    account_move,
    driver_invoices,
    driver_refunds,
    hesabe_account,
    hesabe_account_invoices,
    hesabe_account_refunds,
    hesabe_account_terminals,
    hesabe_invoice,
    hesabe_invoice_booking,
    hesabe_invoice_fetch,
    hesabe_invoice_request,
    hesabe_mapping,
    hesabe_reconciliation,
    hesabe_reconciliation_refund,
    hesabe_refund,
    hesabe_token,
    pos_payment_method,
    smartcash_device,
    smartcash_operation,
    smartcash_operation_invoice,
    smartcash_operation_refund,
)
