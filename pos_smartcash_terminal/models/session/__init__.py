from . import (
    pos_session,
    pos_session_cash,
    pos_session_entries,
    pos_session_kiosk,
    pos_session_late,
    pos_session_machines,
    pos_session_opening_float,
    pos_session_paid_twice,
    pos_session_report,
    pos_session_rounding,
    report_sale_details,
    smartcash_count,
)
