from odoo import _, api, fields, models, tools
from odoo.exceptions import AccessError

from ...core.driver_api import DeviceRefused


class SmartcashDevice(models.Model):
    """A device belongs to one database: in a copy of it, nothing moves money and nothing tells the machine
    that its operations are in the books.

    A copy that was made with Odoo is neutralized; a raw one (``createdb -T``, a dump that is restored beside
    the original) is not, and knows every key.
    """

    _inherit = "smartcash.device"

    home = fields.Char(
        string="Database",
        readonly=True,
        copy=False,
        default=lambda self: self._this_database(),
        help="The database that may use the device; empty: any.",
    )
    is_away = fields.Boolean(compute="_compute_is_away", compute_sudo=True)

    @api.model
    @tools.ormcache()
    def _this_database(self):
        """:returns: what no copy of this database has in common with it: its number in its cluster"""
        cr = self.env.cr
        cr.execute(
            "SELECT oid::text, has_function_privilege('pg_control_system()', 'execute')"
            " FROM pg_database WHERE datname = current_database()"
        )
        number, may_ask = cr.fetchone()
        cluster = cr.dbname  # some hosts keep the cluster's own number from their customers
        if may_ask:
            cr.execute("SELECT system_identifier::text FROM pg_control_system()")
            [cluster] = cr.fetchone()
        return f"{cluster}/{number}"

    @api.depends("home")
    def _compute_is_away(self):
        for device in self:
            device.is_away = bool(device.home) and device.home != self._this_database()

    def _check_home(self):
        """:raise DeviceRefused: this database is a copy of the one to which the device belongs"""
        if self.is_away:
            raise DeviceRefused(
                _(
                    "%s belongs to another database, of which this one is a copy. No money moved. If this "
                    "database has taken its place, a manager presses “Take Over” on the device's form.",
                    self.name,
                )
            )

    def _driver_at_home(self):
        """:returns: the driver, to talk to the device
        :raise DeviceRefused: see ``_check_home``"""
        self._check_home()
        return self._driver()

    def action_take_over(self):
        """This database has taken the place of the one that had the device."""
        if not self.env.user.has_group("point_of_sale.group_pos_manager"):
            raise AccessError(_("Only Point of Sale administrators may do this."))
        self.check_access_rule("write")
        self.sudo().home = self._this_database()
