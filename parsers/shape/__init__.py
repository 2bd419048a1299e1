"""The same records in another shape: groups as structs, or every value in a column of its own.

Inside the product a batch is flat for groups and nested for tables: plain groups are opened, an
OCCURS is a list. People and other tools want either what the copybook says (:func:`nest`) or what
fits a spreadsheet (:func:`flatten`); :func:`restore` takes both back to the product's own shape.
Nothing here looks at bytes, and no value is copied where Arrow can share it.
"""

from parsers.shape.flat import TooWideError, flatten, flattened_schema
from parsers.shape.nested import nest, nested_schema
from parsers.shape.restored import restore

__all__ = ["TooWideError", "flatten", "flattened_schema", "nest", "nested_schema", "restore"]
