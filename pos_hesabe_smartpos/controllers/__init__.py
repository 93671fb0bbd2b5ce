from . import reconciliation, webhook
