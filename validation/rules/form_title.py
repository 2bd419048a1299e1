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
    """A code of the list, not of the wrong scheme, and the registered one. The register knows
    better, so that what it contradicts is only told."""

    needs: ClassVar[tuple[str, ...]] = ("persons",)
    code_lists: ClassVar[tuple[str, ...]] = (TITLES, WRONG_TITLES)

    def detail_faults(self, details: Details) -> Iterable[Fault]:
        """CODE_UNKNOWN; as warnings FORM_TITLE_SCHEME or FORM_TITLE. One a record; a blank title is
        nobody's."""
        prefix = self.column(details.batch, Role.DETAIL, "PREFIX")
        scheme = self.references.code_list(WRONG_TITLES)
        known = as_mask(pc.is_in(prefix, value_set=self.references.codes(TITLES)))
        of_scheme = as_mask(pc.is_in(prefix, value_set=scheme["code"].combine_chunks()))
        other, confused = self._contradicted(details, scheme["meant_code"].combine_chunks())
        wrong = of_scheme & (~known | confused)
        unknown = np.asarray(prefix.is_valid()) & ~known & ~of_scheme
        field = self.field(Role.DETAIL, "PREFIX")
        for code, mask in (
            ("FORM_TITLE_SCHEME", wrong),
            ("FORM_TITLE", known & ~wrong & other),
            ("CODE_UNKNOWN", unknown),
        ):
            found = fault(code, details.sound & mask, field, prefix)
            if found is not None:
                yield found

    def _contradicted(self, details: Details, meant: pa.Array) -> tuple[Mask, Mask]:
        """Persons registered under another title, and those of them under one of the titles that
        the two schemes confuse. Other titles (ranks, monks) say nothing about the scheme."""
        persons = self.references.persons
        if persons is None:
            nobody = np.zeros(details.batch.num_rows, np.bool_)
            return nobody, nobody
        prefix = self.column(details.batch, Role.DETAIL, "PREFIX")
        registered = persons.title(self.column(details.batch, Role.DETAIL, "SSO-ID"))
        other = as_mask(pc.not_equal(registered, prefix))
        return other, other & as_mask(pc.is_in(registered, value_set=meant))
