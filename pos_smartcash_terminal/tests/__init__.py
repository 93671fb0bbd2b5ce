from . import (
    test_access,
    test_engine,
    test_evidence,
    test_match,
    test_payment_method,
    test_questions,
    test_register,
    test_report,
    test_resolve,
    test_rules,
    test_tokens,
    test_wire,
)
