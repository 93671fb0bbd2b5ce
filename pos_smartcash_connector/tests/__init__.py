from . import (
    test_cashlogy,
    test_gateway_jwt,
    test_tours,
    test_tours_amounts,
    test_tours_cash,
    test_tours_day,
    test_tours_dead_ends,
    test_tours_levels,
    test_tours_panel,
    test_tours_service,
    test_tours_storage,
    test_translations,
)
