"""What a declaration asks of records, made once for many files of an interface.

It holds nothing of a file. Making it takes milliseconds, longer than validating a small file.
"""

from __future__ import annotations

from interfaces.catalogue import Catalogue
from interfaces.model import Interface, Role, Severity
from parsers.arrow_types import decoded_schema, record_named
from parsers.layout import Record
from validation.bitmask import bits_of
from validation.fields import FieldRules
from validation.places import Places
from validation.references import References
from validation.schema import Postcondition


class DeclaredChecks:
    """Checks of an interface; for one thread at a time."""

    def __init__(
        self,
        interface: Interface,
        layout: tuple[Record, ...],
        catalogue: Catalogue,
        references: References,
    ) -> None:
        """KeyError for a check or record that does not exist; MissingReferenceError for a code
        list that was not provided."""
        self.interface = interface
        self.catalogue = catalogue
        self.references = references
        self.places = Places(interface, layout)
        names = [rule.record for rule in interface.records]
        self.fields = {name: FieldRules(interface, name, self.places, references) for name in names}
        self.schemas = {n: decoded_schema(record_named(layout, n), interface) for n in names}
        self.blocking = bits_of(catalogue, Severity.REJECT) | bits_of(catalogue, Severity.REFUSE)
        self._postconditions = {
            rule.record: Postcondition(
                interface,
                rule.record,
                self.schemas[rule.record],
                self.places,
                references,
                catalogue,
            )
            for rule in interface.records
            if rule.role is Role.DETAIL
        }

    def postcondition(self, record: str) -> Postcondition:
        """A postcondition of a detail that waits for its first rows."""
        return self._postconditions[record].fresh()
