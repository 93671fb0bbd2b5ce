from . import session_report
