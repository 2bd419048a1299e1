"""Notices to employers: lists of the mainframe, matched with addresses and sent by mail."""
