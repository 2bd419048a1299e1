"""Where things stand: one line for everything, and what is to be done about it."""
