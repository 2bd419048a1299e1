"""form_1_10_title: title codes of a form 1-10, and the wrong scheme of them in the wild.

003 means Mr in the agency's codes and Miss in the wrong scheme: only the registered title tells.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from interfaces.model import Role
from validation.bitmask import Mask
from validation.faults import Fault, fault
from validation.places import as_mask
from validation.rules.rule import Details, Rule

TITLES = "titles"
WRONG_TITLES = "wrong_titles"
"""Code list of the wrong scheme: ``code`` as written, ``meant_code`` as it should be."""


class FormTitle(Rule):
    """A code of the list, and not of the wrong scheme."""

    needs: ClassVar[tuple[str, ...]] = ("titles",)

    def detail_faults(self, details: Details) -> Iterable[Fault]:
        """FORM_TITLE_SCHEME or CODE_UNKNOWN, one a record; a blank title is nobody's."""
        prefix = self.column(details.batch, Role.DETAIL, "PREFIX")
        scheme = self.references.code_list(WRONG_TITLES)
        known = as_mask(pc.is_in(prefix, value_set=self.references.codes(TITLES)))
        of_scheme = as_mask(pc.is_in(prefix, value_set=scheme["code"].combine_chunks()))
        wrong = of_scheme & (~known | self._contradicted(details, scheme["meant_code"]))
        unknown = np.asarray(prefix.is_valid()) & ~known & ~of_scheme
        field = self.field(Role.DETAIL, "PREFIX")
        for code, mask in (("FORM_TITLE_SCHEME", wrong), ("CODE_UNKNOWN", unknown)):
            found = fault(code, details.sound & mask, field, prefix)
            if found is not None:
                yield found

    def _contradicted(self, details: Details, meant: pa.ChunkedArray) -> Mask:
        """Persons registered under another of the titles that the two schemes confuse. Other
        titles (ranks, monks) say nothing about the scheme."""
        titles = self.references.titles
        if titles is None:
            return np.zeros(details.batch.num_rows, np.bool_)
        prefix = self.column(details.batch, Role.DETAIL, "PREFIX")
        registered = titles.of(self.column(details.batch, Role.DETAIL, "SSO-ID"))
        confused = as_mask(pc.is_in(registered, value_set=meant.combine_chunks()))
        return confused & as_mask(pc.not_equal(registered, prefix))
