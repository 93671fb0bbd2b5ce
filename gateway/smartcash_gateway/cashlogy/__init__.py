"""The Cashlogy Connector's wire: frames, commands, the machine behind it."""
