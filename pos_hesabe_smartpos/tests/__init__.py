from . import (
    test_account,
    test_driver,
    test_late_payments,
    test_reconciliation,
    test_reconciliation_refunds,
    test_refunds,
    test_tokens,
    test_tours,
    test_tours_secrets,
    test_translations,
    test_webhook,
)
