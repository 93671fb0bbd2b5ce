from . import device_alerts, smartcash_alert, smartcash_alert_recipient
