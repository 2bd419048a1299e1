"""Watching: what has to be where by when, and telling people before and after it is late."""
