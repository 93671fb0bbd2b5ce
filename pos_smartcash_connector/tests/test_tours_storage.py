from odoo.tests import tagged

from .common_tours import CashlogyTourCase


@tagged("post_install", "-at_install", "smartcash_tour")
class TestBrowserStorage(CashlogyTourCase):
    """A browser that stores nothing more, or holds what nobody can read, loses no cent."""

    def test_a_payment_that_ends_with_a_full_storage_is_paid(self):
        self.run_tour("SmartcashStorageFull")
        self.assert_order(("Cashlogy", 9.9))
        self.assert_every_cent()

    def test_nothing_starts_with_a_full_storage(self):
        self.run_tour("SmartcashStorageFullBefore")
        self.assert_order(("Cashlogy", 9.9))
        self.assert_every_cent()

    def test_records_that_cannot_be_read_stop_nobody_and_are_shown(self):
        self.run_tour("SmartcashStorageGarbage")
        self.assert_order(("Cashlogy", 9.9))
        self.assert_every_cent()

    def test_the_point_of_sale_starts_without_our_service(self):
        self.run_tour("SmartcashServiceBroken")
        self.assert_order(("Bank", 9.9))
        self.assertFalse(self.operations())
