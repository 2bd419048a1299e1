"""Reconcile: a partner's returns matched with what was sent, posted once and answered."""
