from . import (
    test_browser_tours,
    test_browser_transport,
    test_caller_address,
    test_connection,
    test_driver,
    test_lookout,
    test_machine,
    test_outcome,
    test_rules,
    test_secrets,
    test_tours_homologation,
    test_tours_sale,
)
