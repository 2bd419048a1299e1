"""Breaks that people settle: listing, showing, resolving, in bulk, held money, their age."""
