"""One module per COBOL representation: bytes of a column → values and a fault per row.

Every decoder takes the bytes of one field as a uint8 array (n rows, width), strided or not,
and returns values with a uint8 array of :class:`~parsers.codecs.fault.Fault` (0: good). What a
faulty row's value is does not matter: it becomes null, except under a remark (REMARK and above),
which leaves the value in place. Nothing here loops over rows.
"""
