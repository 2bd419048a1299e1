"""Closing the books of a business date, and the files that are made from closed books."""
