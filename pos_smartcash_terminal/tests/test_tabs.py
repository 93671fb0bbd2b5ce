from odoo.tests import tagged

from .common_tours import BrowserTourCase

LEAVE = """
    localStorage.setItem("left", "here");
    document.cookie = "left=here";
    const opening = indexedDB.open("left");
    opening.onsuccess = () => { opening.result.close(); console.log("test successful"); };
"""
LOOK = """
    indexedDB.databases().then((databases) => {
        const found = JSON.stringify([localStorage.length, document.cookie.includes("left"), databases.length]);
        console[found === '[0,false,0]' ? "log" : "error"](`test successful, if nothing is left: ${found}`);
    });
"""


@tagged("post_install", "-at_install", "smartcash_tour")
class TestTabs(BrowserTourCase):
    def test_a_tour_finds_nothing_of_the_one_before(self):
        self.browser_js("/web/login", LEAVE)
        self.browser_js("/web/login", LOOK)
