"""Specification pages for a partner's programmer, made from copybook, TOML and rule catalogue.

What a page says is what the code does: both read the same declaration.
"""

from exchange.specification.pages import SpecificationInputs, specification_pages

__all__ = ["SpecificationInputs", "specification_pages"]
