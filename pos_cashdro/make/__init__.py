"""What the tools and the tests of the repository have to know about this make. Odoo does not load it."""
