from odoo import _, models
from odoo.addons.pos_smartcash_terminal.core.money import MAX_MINOR
from odoo.addons.pos_smartcash_terminal.core.progress import FINAL
from odoo.addons.pos_smartcash_terminal.core.registration import Refused
from odoo.addons.pos_smartcash_terminal.models.session.smartcash_count import COUNTABLE

from ..cashdro_client import CashdroStatus, OperationState

#: How many operations a till tells of at once.
MAX_FOUND = 50
MAX_TEXT = 50


class SmartcashDevice(models.Model):
    """What was done at a machine that only browsers reach, as a till's browser found it there.

    The till's word is all there is: each is a question for a manager, with the amounts as found, and
    none changes what the ledger knows already.
    """

    _inherit = "smartcash.device"

    def cashdro_write_down(self, session_id, found):
        """Have the ledger know what the machine finished and nobody imported; once, however many
        browsers tell of it.

        :param list found: per operation ``{"id", "type", "total", "totalIn", "totalOut",
            "changeNotAvailable", "alias", "cashier"}``; amounts in minor units
        :returns: ``{"booked": [ids that the machine may forget]}``; or ``{"refused": …}``
        """
        try:
            driver = self.env["smartcash.driver.cashdro"]
            device, session = driver._at_till(self, session_id)
            statuses = _read_found(found)
            # Two browsers find the same: the later one's transaction runs again, with all in sight.
            device._lock_rows()
            booked = [
                status.id
                for status in statuses
                if device._driver()._write_down_told(device, status, session.config_id)
            ]
        except Refused as refused:
            return refused.to_wire()
        return {"booked": booked}

    def cashdro_imported(self, session_id, numbers):
        """The machine has been told that these are in the books.

        :param list numbers: the machine's, as :meth:`cashdro_write_down` returned them
        :returns: ``{}``; or ``{"refused": …}``
        """
        try:
            driver = self.env["smartcash.driver.cashdro"]
            device, _session = driver._at_till(self, session_id)
            if not isinstance(numbers, list) or len(numbers) > MAX_FOUND:
                raise _unreadable()
            told = [_number(number) for number in numbers]
        except Refused as refused:
            return refused.to_wire()
        device.env["smartcash.operation"].search(
            [
                ("device_id", "=", device.id),
                ("device_ref", "in", told),
                ("cashdro_unimported", "=", True),
                ("state", "in", tuple(FINAL)),
            ]
        ).write({"cashdro_unimported": False})
        return {}


class CashdroDriver(models.AbstractModel):
    """A till's word about its machine."""

    _inherit = "smartcash.driver.cashdro"

    def _at_till(self, device, session_id):
        """:returns: this device in sudo, and the session whose till talks to it"""
        device.ensure_one()
        operations = self.env["smartcash.operation"]
        operations._check_pos_user()
        session = operations._open_session(session_id, COUNTABLE)
        methods = session.config_id.payment_method_ids.filtered(lambda one: one._is_smartcash())
        admissions = self.env["smartcash.rule"]._admit(methods, session.config_id, self.env.user)
        if all(one.device != device for one in admissions.values()):
            raise Refused(
                "no_rule", _("No rule lets you use this device at %s.", session.config_id.name)
            )
        device = device.sudo()
        if not device._is_cashdro_of_browser():
            raise Refused("bad_values", _("Odoo itself talks to %s.", device.name))
        return device, session

    def _write_down_told(self, device, status, config):
        """:returns: whether it is in the books for good"""
        known = self._known_operation(device, status)
        if not known:
            return self._write_down_foreign(device, status, config, evidence="client")
        if known.state not in FINAL:
            return False  # the till that runs it tells how it ended
        said = self._progress_of(known, status)
        if (said.amount_in, said.amount_out) != known._amounts()[:2]:
            known._note_late_fact(said, "client")
        return True


def _read_found(found):
    if not isinstance(found, list) or len(found) > MAX_FOUND:
        raise _unreadable()
    return [_read_status(wire) for wire in found]


def _read_status(wire):
    if not isinstance(wire, dict):
        raise _unreadable()
    return CashdroStatus(
        id=_number(wire.get("id")),
        state=OperationState.FINISHED,
        total=_amount(wire, "total"),
        total_in=_amount(wire, "totalIn"),
        total_out=_amount(wire, "totalOut"),
        change_not_available=_amount(wire, "changeNotAvailable"),
        type=_type(wire.get("type")),
        alias=_text(wire, "alias"),
        cashier=_text(wire, "cashier"),
    )


def _unreadable():
    return Refused("bad_values", _("What the machine says about its operations cannot be read."))


def _number(value):
    if not isinstance(value, str) or not value.isascii() or not value.isdigit() or len(value) > 15:
        raise _unreadable()
    return value


def _amount(wire, key):
    value = wire.get(key)
    if type(value) is not int or not 0 <= value <= MAX_MINOR:
        raise _unreadable()
    return value


def _type(value):
    """What is no number that we know gets its kind from the amounts."""
    return value if type(value) is int and abs(value) < 1000 else None


def _text(wire, key):
    value = wire.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or "\x00" in value:
        raise _unreadable()
    return value[:MAX_TEXT]
