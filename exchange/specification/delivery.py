"""How a file is handed over: direction, folders, temporary name, manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from exchange.specification.container import EXAMPLE_DATE, EXAMPLE_SEQUENCE, example_name
from exchange.specification.markdown import block, code, sentence_list, table
from exporters.controls import TOTALS
from exporters.manifest import Manifest
from interfaces.model import Interface, Kind, Role
from interfaces.partners import Partner
from parsers.decode import decode_whole
from parsers.layout import column_name

DIRECTIONS = {
    Kind.EXTRACT: "from the mainframe to prakan",
    Kind.FILING: "from an employer to prakan",
    Kind.FEED: "from prakan to the partner",
    Kind.RETURN: "from the partner to prakan",
    Kind.ACKNOWLEDGEMENT: "from prakan to the partner",
}
_KEYS = (
    ("name", "name of the file"),
    ("size", "its length in bytes"),
    ("sha256", "its SHA-256, hexadecimal"),
    ("records", "number of all its records"),
    ("details", "number of its detail records"),
    ("controls", "its count, sum and hash fields with their values as decimal text"),
    ("interface", "name of the interface"),
    ("version", "version of the interface"),
    ("partner", "the partner's name at the agency"),
    ("business_date", "business date, ISO 8601, Gregorian"),
    ("sequence", "sequence number of the file"),
    ("supersedes", "SHA-256 of the file that this one replaces, null as a rule"),
)


def delivery_section(
    interface: Interface, partners: Mapping[str, Partner], sample: Path | None
) -> str:
    """The protocol of handing the file over."""
    partner = partners.get(interface.partner or "")
    if partner is None:
        return (
            "The file is written under another name, or in another folder, and renamed to its own "
            "name when it is complete. A file sent again under the same name must hold the same "
            "bytes; a corrected one gets a new name. Bytes that were sent before are recognised "
            "by their SHA-256, and taken once."
        )
    if interface.kind is Kind.RETURN:
        return _collected(interface, partner)
    return _delivered(interface, partner, sample)


def _collected(interface: Interface, partner: Partner) -> str:
    name = example_name(interface.file)
    policy = partner.publish
    return sentence_list(
        [
            f"The partner writes the file into {code(partner.directories.returns)} of its own SFTP "
            f"server under a temporary name, {code(policy.temporary(name))}, and renames it to "
            f"{code(name)} when it is complete. Temporary names are left alone.",
            "prakan collects it, compares size and content, and moves it to the folder `done` "
            "beside it once it is safely kept.",
            "The same bytes are taken once, whatever their name. A name is used once: other "
            "bytes under a used name are refused. A corrected file gets the next sequence number.",
            f"Every file is answered in {code(partner.directories.acknowledgements)}.",
        ]
    )


def _delivered(interface: Interface, partner: Partner, sample: Path | None) -> str:
    name = example_name(interface.file)
    policy, folders = partner.publish, partner.directories
    folder = folders.drop if interface.kind is Kind.FEED else folders.acknowledgements
    steps = [
        f"prakan writes the file into {code(folder)} of the partner's SFTP server under a "
        f"temporary name, {code(policy.temporary(name))}. Leave temporary names alone.",
        "It compares the size on the server"
        + (", reads the bytes back and compares their SHA-256," if policy.readback else "")
        + f" and renames the file to {code(name)}.",
    ]
    if policy.manifest_suffix is None:
        return sentence_list(steps)
    manifest = name + policy.manifest_suffix
    steps += [
        f"Then the manifest follows in the same way, {code(manifest)}. It is never there before "
        "the file: wait for the manifest, not for the file.",
        "Load the file only when size and SHA-256 are those of the manifest. The same SHA-256 "
        "again is the same file again: load it once.",
    ]
    told = (
        f"{sentence_list(steps)}\n\nThe manifest is one JSON object (UTF-8, keys sorted):\n\n"
        f"{table(['Key', 'Value'], [(code(key), text) for key, text in _KEYS])}"
    )
    if sample is None:
        return told
    example = example_manifest(interface, sample).to_bytes().decode().strip()
    return f"{told}\n\nThat of the example above:\n\n{block(example)}"


def example_manifest(interface: Interface, sample: Path) -> Manifest:
    """The manifest of a sample file as it would be delivered under the example's name."""
    data = sample.read_bytes()
    decoded = decode_whole(data, interface, file_id=sample.name)
    totals: dict[str, str] = {}
    for rule in interface.controls:
        if rule.kind in TOTALS:
            column = column_name(rule.field)
            totals[rule.field] = str(decoded.tables[rule.record].column(column)[0].as_py())
    return Manifest(
        name=sample.name,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        records=decoded.records_read,
        details=decoded.tables[interface.record(Role.DETAIL).record].num_rows,
        controls=totals,
        interface=interface.name,
        version=interface.version,
        partner=interface.partner,
        business_date=EXAMPLE_DATE.isoformat(),
        sequence=EXAMPLE_SEQUENCE,
        supersedes=None,
    )
