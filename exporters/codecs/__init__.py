"""Arrow columns → the bytes of one field, a module per COBOL representation.

Every encoder writes all rows at once into ``out``, a uint8 view of shape (rows, field length)
of the record matrix, and leaves alone what it cannot represent: the caller learns which rows
those are and refuses the file.
"""
