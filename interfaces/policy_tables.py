"""A partner's tables of folders, publishing, collecting and sealing, read strictly."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import date
from pathlib import PurePosixPath
from typing import Any

from interfaces.policies import (
    AfterCollecting,
    CollectPolicy,
    Directories,
    KeyOwner,
    ManifestKey,
    OpenPgpKey,
    PickUp,
    PublishPolicy,
    SealKind,
    SealPolicy,
)
from interfaces.toml_table import DeclarationError, Table

_AFFIX = re.compile(r"[A-Za-z0-9._-]*")
_FINGERPRINT = re.compile(r"[0-9A-F]{40}|[0-9A-F]{64}")
_ED25519_BYTES = 32


def directories(table: Table) -> Directories:
    """The ``[directories]`` table; DeclarationError for a path that is not plain."""
    usual = Directories()
    folders = Directories(
        drop=_folder(table, "drop", usual.drop),
        returns=_folder(table, "returns", usual.returns),
        acknowledgements=_folder(table, "acknowledgements", usual.acknowledgements),
        statements=_folder(table, "statements", usual.statements),
    )
    table.close()
    return folders


def _folder(table: Table, key: str, usual: Any) -> Any:
    value = table.take(key, str, usual)
    if value is None:
        return None
    path = PurePosixPath(value)
    if not path.is_absolute() or ".." in path.parts or str(path) != value:
        raise DeclarationError(
            f"{table.where}: {key} = {value!r} is not a plain absolute path such as '/drop'"
        )
    return value


def publish_policy(table: Table) -> PublishPolicy:
    """The ``[publish]`` table; DeclarationError for what contradicts itself."""
    usual = PublishPolicy()
    manifest_suffix, signature_suffix = _companions(table)
    policy = PublishPolicy(
        temporary_prefix=_affix(table, "temporary_prefix", usual.temporary_prefix),
        temporary_suffix=_affix(table, "temporary_suffix", usual.temporary_suffix),
        temporary_folder=_folder(table, "temporary_folder", None),
        rename=table.take("rename", bool, usual.rename),
        readback=table.take("readback", bool, usual.readback),
        resume=table.take("resume", bool, usual.resume),
        manifest_suffix=manifest_suffix,
        signature_suffix=signature_suffix,
        trigger_suffix=_ending(table, "trigger_suffix"),
        pickup=table.choice("pickup", PickUp, usual.pickup),
    )
    table.close()
    if not policy.temporary_prefix + policy.temporary_suffix:
        raise DeclarationError(
            f"{table.where}: a temporary name must differ from the final one; give "
            "temporary_prefix or temporary_suffix"
        )
    if not policy.rename and policy.manifest_suffix is None and policy.trigger_suffix is None:
        raise DeclarationError(
            f"{table.where}: without rename only a manifest or a trigger file says that a file "
            "is complete; give manifest_suffix or trigger_suffix"
        )
    if not policy.rename and policy.temporary_folder is not None:
        raise DeclarationError(f"{table.where}: temporary_folder has no use without rename")
    return policy


def collect_policy(table: Table) -> CollectPolicy:
    """The ``[collect]`` table; DeclarationError for what cannot be used."""
    usual = CollectPolicy()
    manifest_suffix, signature_suffix = _companions(table)
    policy = CollectPolicy(
        after=table.choice("after", AfterCollecting, usual.after),
        done_folder=table.take("done_folder", str, usual.done_folder),
        manifest_suffix=manifest_suffix,
        signature_suffix=signature_suffix,
        largest=table.take("largest", int, usual.largest),
    )
    table.close()
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", policy.done_folder):
        raise DeclarationError(
            f"{table.where}: done_folder = {policy.done_folder!r} is not a plain folder name"
        )
    if policy.largest <= 0:
        raise DeclarationError(f"{table.where}: largest = {policy.largest} is not a size in bytes")
    return policy


def seal_policy(table: Table) -> SealPolicy:
    """The ``[seal]`` table; DeclarationError for keys that cannot be used."""
    usual = SealPolicy()
    policy = SealPolicy(
        outbound=table.choice("outbound", SealKind, usual.outbound),
        inbound=table.choice("inbound", SealKind, usual.inbound),
        suffix=_affix(table, "suffix", usual.suffix),
        keys=tuple(_openpgp_key(each) for each in _tables(table, "keys")),
        manifest_keys=tuple(_manifest_key(each) for each in _tables(table, "manifest_keys")),
    )
    table.close()
    if not policy.suffix:
        raise DeclarationError(f"{table.where}: suffix must not be empty")
    owners = {key.owner for key in policy.keys}
    if SealKind.OPENPGP in (policy.outbound, policy.inbound) and owners != set(KeyOwner):
        raise DeclarationError(
            f"{table.where}: openpgp needs a key of each side under keys (owner = 'agency' and "
            "owner = 'partner')"
        )
    return policy


def _openpgp_key(table: Table) -> OpenPgpKey:
    written: str = table.take("fingerprint", str)
    fingerprint = written.replace(" ", "").upper()
    if not _FINGERPRINT.fullmatch(fingerprint):
        raise DeclarationError(
            f"{table.where}: fingerprint = {written!r}; the full fingerprint of 40 or 64 "
            "hexadecimal digits is needed, as `gpg --fingerprint` prints it"
        )
    key = OpenPgpKey(
        owner=table.choice("owner", KeyOwner),
        fingerprint=fingerprint,
        valid_from=table.take("from", date),
        until=table.take("until", date, None),
    )
    table.close()
    return key


def _manifest_key(table: Table) -> ManifestKey:
    written: str = table.take("public", str)
    try:
        public = base64.b64decode(written, validate=True)
    except binascii.Error:
        public = b""
    if len(public) != _ED25519_BYTES:
        raise DeclarationError(
            f"{table.where}: public = {written!r}; the base64 of the 32 bytes of an Ed25519 "
            "public key is needed"
        )
    key = ManifestKey(
        public=public,
        valid_from=table.take("from", date),
        until=table.take("until", date, None),
    )
    table.close()
    return key


def _tables(table: Table, key: str) -> list[Table]:
    found = []
    for number, value in enumerate(table.take(key, list, []), start=1):
        where = f"{table.where} {key} {number}"
        if not isinstance(value, dict):
            raise DeclarationError(f"{where}: {value!r} is not a table")
        found.append(Table(value, where))
    return found


def _companions(table: Table) -> tuple[Any, Any]:
    """Endings of the names of manifest and signature."""
    manifest, signature = _ending(table, "manifest_suffix"), _ending(table, "signature_suffix")
    if signature is not None and manifest is None:
        raise DeclarationError(
            f"{table.where}: signature_suffix needs manifest_suffix: it is the manifest that is "
            "signed"
        )
    return manifest, signature


def _ending(table: Table, key: str) -> Any:
    value = _affix(table, key, None)
    if value == "":
        raise DeclarationError(f"{table.where}: leave {key} out where there is none")
    return value


def _affix(table: Table, key: str, usual: Any) -> Any:
    value = table.take(key, str, usual)
    if value is not None and not _AFFIX.fullmatch(value):
        raise DeclarationError(
            f"{table.where}: {key} = {value!r} may hold only letters, digits, dot, dash and _"
        )
    return value
