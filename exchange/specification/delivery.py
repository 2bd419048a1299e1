"""How a file is handed over: direction, folders, temporary name, manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from exchange.specification.container import EXAMPLE_DATE, EXAMPLE_SEQUENCE, example_name
from exchange.specification.markdown import block, code, sentence_list, table
from exporters.controls import TOTALS
from exporters.manifest import Manifest
from interfaces.model import CONFIRMED, Interface, Kind, Role
from interfaces.partners import Partner
from interfaces.policies import AfterCollecting, SealKind, SealPolicy
from parsers.decode import decode_whole
from parsers.layout import column_name

DIRECTIONS = {
    Kind.EXTRACT: "from the mainframe to prakan",
    Kind.FILING: "from an employer to prakan",
    Kind.FEED: "from prakan to the partner",
    Kind.RETURN: "from the partner to prakan",
    Kind.ACKNOWLEDGEMENT: "from prakan to the partner",
    Kind.RECEIPT: "from the partner to prakan",
    Kind.SETTLEMENT: "from the partner to prakan",
    Kind.STATEMENT: "from prakan to the partner",
    Kind.POSTING: "from prakan to the partner",
    Kind.CREDIT: "from prakan to the partner",
    Kind.ANSWER: "from prakan to an employer",
    Kind.REGISTER: "from a system of the agency to prakan",
    Kind.NOTICE: "from the mainframe to prakan",
}
_KEYS = (
    ("name", "name of the file, before it is sealed"),
    ("size", "its length in bytes"),
    ("sha256", "its SHA-256, 64 hexadecimal digits in lower case"),
    ("records", "number of all its records"),
    ("details", "number of its detail records"),
    ("controls", "its count, sum and hash fields with their values as decimal text"),
    ("interface", "name of the interface"),
    ("version", "version of the interface"),
    ("partner", "the partner's name at the agency"),
    ("business_date", "business date, ISO 8601, Gregorian"),
    ("sequence", "sequence number of the file"),
    ("supersedes", "SHA-256 of the file that this one replaces, null as a rule"),
    (
        "envelope",
        "null, or an object about the sealed file that travels: its `kind` (`openpgp`), `name`, "
        "`sha256` and `size`",
    ),
    ("stands_in_for", "earlier sequence numbers that never arrived and never will"),
)


def delivery_section(
    interface: Interface,
    partners: Mapping[str, Partner],
    sample: Path | None,
    *,
    receipts: bool = False,
) -> str:
    """The protocol of handing the file over; ``receipts``: the partner confirms what it gets."""
    partner = partners.get(interface.partner or "")
    if partner is None:
        return (
            "The file is written under another name, or in another folder, and renamed to its own "
            "name when it is complete. A file sent again under the same name must hold the same "
            "bytes; a corrected one gets a new name. Bytes that were sent before are recognised "
            "by their SHA-256, and taken once."
        )
    if interface.kind in (Kind.RETURN, Kind.RECEIPT, Kind.SETTLEMENT):
        return _collected(interface, partner)
    awaited = receipts and interface.kind in CONFIRMED
    return _delivered(interface, partner, sample, receipt=awaited)


def _collected(interface: Interface, partner: Partner) -> str:
    policy, collect = partner.publish, partner.collect
    name = _on_the_wire(example_name(interface.file), partner.seal.inbound, partner.seal)
    kept = (
        f"moves it to the folder {code(collect.done_folder)} beside it"
        if collect.after is AfterCollecting.MOVE
        else "removes it there"
    )
    steps = [
        f"The partner writes the file into {code(partner.directories.returns)} of its own SFTP "
        f"server under a temporary name, {code(policy.temporary(name))}, and renames it to "
        f"{code(name)} when it is complete. Temporary names are left alone.",
        *_sealed_by("the partner", partner.seal.inbound),
    ]
    if collect.manifest_suffix is not None:
        manifest = name + collect.manifest_suffix
        signature = f" with its signature {code(manifest + (collect.signature_suffix or ''))}"
        steps.append(
            f"Its manifest {code(manifest)}{signature if collect.signature_suffix else ''} lies "
            "beside it; without it the file is not collected."
        )
    steps += [
        f"prakan collects it, compares size and content, and {kept} once it is safely kept.",
        "The same bytes are taken once, whatever their name. A name is used once: other "
        "bytes under a used name are refused. A corrected file gets the next sequence number.",
    ]
    if interface.kind is Kind.RETURN:
        acks = code(partner.directories.acknowledgements)
        steps.append(f"Every file is answered in {acks}, a refused one too.")
    elif interface.kind is Kind.RECEIPT:
        steps.append("A receipt file is not answered.")
    else:
        steps.append("An advice is not answered: of one that is refused the bank is told by hand.")
    if collect.manifest_suffix is None:
        return sentence_list(steps)
    signed = (
        " Its signature is Ed25519, 64 bytes raw, over the bytes of the manifest as they lie there."
        if collect.signature_suffix
        else ""
    )
    return (
        f"{sentence_list(steps)}\n\nThe manifest is one JSON object (UTF-8) with these keys and no "
        f"others; `envelope` and `stands_in_for` may be left out.{signed}\n\n{_keys()}"
    )


def _keys() -> str:
    return table(["Key", "Value"], [(code(key), text) for key, text in _KEYS])


def _on_the_wire(name: str, kind: SealKind, seal: SealPolicy) -> str:
    return name if kind is SealKind.NONE else name + seal.suffix


def _sealed_by(who: str, kind: SealKind) -> list[str]:
    if kind is SealKind.NONE:
        return []
    return [f"The file is sealed by {who}: OpenPGP, signed and then encrypted."]


def _delivered(
    interface: Interface, partner: Partner, sample: Path | None, *, receipt: bool
) -> str:
    policy, folders = partner.publish, partner.directories
    name = _on_the_wire(example_name(interface.file), partner.seal.outbound, partner.seal)
    folder = {
        Kind.ACKNOWLEDGEMENT: folders.acknowledgements,
        Kind.STATEMENT: folders.statements,
    }.get(interface.kind, folders.drop)
    steps = _sealed_by("prakan", partner.seal.outbound)
    if policy.rename:
        temporary = policy.temporary(name)
        if policy.temporary_folder is not None:
            temporary = f"{policy.temporary_folder}/{temporary}"
        steps += [
            f"prakan writes the file into {code(folder)} of the partner's SFTP server under a "
            f"temporary name, {code(temporary)}. Leave temporary names alone.",
            "It compares the size on the server"
            + (", reads the bytes back and compares their SHA-256," if policy.readback else "")
            + f" and renames the file to {code(name)}.",
        ]
    else:
        steps += [
            f"prakan writes the file into {code(folder)} of the partner's SFTP server as "
            f"{code(name)}. It is not complete before what follows it is there.",
            "It compares the size on the server"
            + (" and reads the bytes back." if policy.readback else "."),
        ]
    confirm = (
        ["Name the file in the next receipt file, also when it could not be loaded."]
        if receipt
        else []
    )
    trigger = (
        [f"Last comes {code(name + policy.trigger_suffix)}, an empty file: everything is there."]
        if policy.trigger_suffix is not None
        else []
    )
    if policy.manifest_suffix is None:
        return sentence_list([*steps, *trigger, *confirm])
    manifest = name + policy.manifest_suffix
    steps.append(
        f"Then the manifest follows in the same way, {code(manifest)}. It is never there before "
        "the file: wait for the manifest, not for the file."
    )
    if policy.signature_suffix is not None:
        steps.append(
            f"{code(manifest + policy.signature_suffix)} follows it: the agency's Ed25519 "
            "signature (64 bytes, raw) over the bytes of the manifest as they lie there. Take "
            "nothing without it."
        )
        signed = f"-in {manifest} -sigfile {manifest}{policy.signature_suffix}"
        steps.append(
            "The agency hands over its public key as a PEM file, and its fingerprint by another "
            "way. While the key is exchanged two are valid: take what either of them signed. "
            "OpenSSL checks it: "
            + code(f"openssl pkeyutl -verify -pubin -inkey agency.pem -rawin {signed}")
        )
    steps += [
        *trigger,
        "Load the file only when size and SHA-256 are those of the manifest"
        + (
            ""
            if partner.seal.outbound is SealKind.NONE
            else ", those under `envelope` for the file as it lies there, the others for the "
            "opened one"
        )
        + ". The same SHA-256 again is the same file again: load it once"
        + (
            "."
            if partner.seal.outbound is SealKind.NONE
            else ". That of the opened file counts: a seal differs each time it is made."
        ),
        *confirm,
    ]
    told = (
        f"{sentence_list(steps)}\n\nThe manifest is one JSON object (UTF-8, keys sorted):\n\n"
        f"{_keys()}"
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
