"""The door of the gateway: who may come in, and what they may ask."""
