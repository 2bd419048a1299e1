"""Decoded tables → accepted rows and findings.

:class:`validation.validate.FileValidator` takes the blocks of one file in order. What is
accepted is decided by the reason bitmask of each row (:mod:`validation.bitmask`); the pandera
schema made from the interface re-validates accepted rows as a postcondition only.
"""
