"""Settings of every test."""

from hypothesis import settings

# Timings differ from machine to machine and with what else it does; a test must not.
settings.register_profile("prakan", deadline=None)
settings.load_profile("prakan")
