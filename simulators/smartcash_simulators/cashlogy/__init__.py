"""The face of a Cashlogy machine: CashlogyConnector's TCP protocol."""
