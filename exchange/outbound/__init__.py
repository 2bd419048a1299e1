"""Publish: from the registers to a feed that stands at its partner, once."""
