from . import invoices, reconciliation, webhook
