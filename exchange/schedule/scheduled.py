"""What a task needs around the motions: the business date and the site.

With ``exchange.schedule.orchestration`` the only part of prakan that knows Airflow. DAG files hold
wiring; everything they call is here or in a motion, importable from the installed package.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from airflow.sdk import BaseHook, Connection, get_current_context
from airflow.sdk.exceptions import AirflowNotFoundException

from exchange.books.publishing import book_files_due, newest_closed, publish_book_file
from exchange.errors import EndpointError
from exchange.inbound.given_folders import delivery_folders, given_folder
from exchange.remote.endpoint import Endpoint, endpoint_from_connection
from exchange.sealing.errors import KeyTrouble
from exchange.sealing.manifest_signature import KEY_VARIABLE, SigningKey, key_from_pem, signing_key
from exchange.sealing.rings import KeyRing, ring_of
from exchange.site import Site, open_site
from interfaces.days import parse_day
from interfaces.errors import WrongUse
from interfaces.model import Kind
from interfaces.partners import Partner

SIGNING_CONNECTION = "prakan_signing"


def business_date() -> date:
    """Business date of the run that the current task belongs to."""
    return business_date_of(get_current_context())


def business_date_of(context: Mapping[str, Any]) -> date:
    """Business date of a run: its partition key, else the parameter ``business_date``.

    Scheduled, backfilled and asset-triggered runs carry the key; a run triggered by hand may
    give the parameter instead. There is no third source: never the clock.
    """
    text = context.get("partition_key") or (context.get("params") or {}).get("business_date")
    if not text:
        raise WrongUse(
            "this run has neither a partition key nor the parameter business_date; trigger it "
            "with one of them, written YYYY-MM-DD"
        )
    return parse_day(str(text))


def folder_given(site: Site) -> Path | None:
    """Folder of the run's parameter ``folder``; None where it names none. WrongUse for one that
    nothing may be received from (exchange.inbound.given_folders)."""
    text = (get_current_context().get("params") or {}).get("folder")
    return given_folder(str(text), delivery_folders(site.home, os.environ)) if text else None


def scheduled_site() -> Site:
    """The installation, with credentials and keys taken from Airflow Connections."""
    return open_site(endpoint=_endpoint_of, signing=_signing_key, ring=_ring_of)


def is_working_day() -> bool:
    """Whether the mainframe and the partners work on the run's business date."""
    return scheduled_site().calendar.is_business_day(business_date())


def names_due(kind: Kind) -> list[str]:
    """Names of the interfaces of a kind in force on the run's business date."""
    return [i.name for i in scheduled_site().registry.of_kind(kind, on=business_date())]


def names_of_book_files() -> list[str]:
    """Names of the interfaces of files that closed days up to the run's owe to partners."""
    site = scheduled_site()
    closed = newest_closed(site, business_date())
    return [i.name for i in book_files_due(site, closed)] if closed is not None else []


def publish_book_files(interface: str) -> dict[str, object]:
    """Bring an interface's files of closed days up to the run's to its partner; counts."""
    site = scheduled_site()
    closed = newest_closed(site, business_date())
    return publish_book_file(site, closed, interface) if closed is not None else {}


def _endpoint_of(partner: Partner) -> Endpoint:
    return endpoint_from_connection(_connection_of(partner), partner.client)


def _connection_of(partner: Partner) -> Connection:
    try:
        return BaseHook.get_connection(partner.connection)
    except AirflowNotFoundException:
        raise EndpointError(
            f"Airflow has no connection {partner.connection!r}, which partner {partner.name} "
            "names: add it (type SFTP, with the host key in its extra field) and clear the task"
        ) from None


def _signing_key() -> SigningKey:
    """The key in the extra field of a connection of its own, else the one that a file holds."""
    try:
        extra = BaseHook.get_connection(SIGNING_CONNECTION).extra_dejson
    except AirflowNotFoundException:
        if os.environ.get(KEY_VARIABLE):
            return signing_key(os.environ)
        raise KeyTrouble(
            f"manifests are signed: add an Airflow connection {SIGNING_CONNECTION!r} with an "
            f"Ed25519 key (PEM) as private_key in its extra field, or set {KEY_VARIABLE}"
        ) from None
    pem = str(extra.get("private_key") or "")
    return key_from_pem(pem.encode(), f"private_key of Airflow connection {SIGNING_CONNECTION!r}")


def _ring_of(partner: Partner) -> KeyRing:
    extra = _connection_of(partner).extra_dejson
    return ring_of(partner, os.environ, extra.get("gpg_passphrase") or None)
