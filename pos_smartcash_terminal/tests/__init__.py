from . import (
    test_access,
    test_engine,
    test_match,
    test_payment_method,
    test_register,
    test_report,
    test_rules,
    test_tokens,
    test_wire,
)
