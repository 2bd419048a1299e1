"""Around the motions: the business date of a run, what is tried again, credentials."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from exchange.datasets import NotArrivedError
from exchange.errors import (
    EndpointError,
    HostKeyRefused,
    LoginRefused,
    RemoteFailure,
    Unreachable,
)
from exchange.inbound.arrivals import QuarantinedError
from exchange.locks import BusyError
from exchange.schedule.orchestration import RetryTheOutsideWorld
from exchange.schedule.scheduled import business_date_of, scheduled_site
from exchange.sealing.errors import KeyTrouble
from exchange.sealing.manifest_signature import KEY_VARIABLE, signing_key
from exchange.sealing.rings import KeyRing
from interfaces.errors import WrongUse
from simulation.airflow_night import connection_variable
from simulation.signing_key import make_signing_key


def test_business_date_is_the_partition_key_first() -> None:
    context = {"partition_key": "2026-11-30", "params": {"business_date": "2026-01-05"}}
    assert business_date_of(context) == date(2026, 11, 30)


@pytest.mark.parametrize("key", [None, ""])
def test_business_date_is_the_parameter_without_a_key(key: str | None) -> None:
    context = {"partition_key": key, "params": {"business_date": "2026-01-05"}}
    assert business_date_of(context) == date(2026, 1, 5)


@pytest.mark.parametrize(
    "context", [{}, {"params": None}, {"partition_key": None, "params": {"business_date": None}}]
)
def test_there_is_no_third_source(context: dict[str, object]) -> None:
    with pytest.raises(WrongUse, match="neither a partition key nor the parameter"):
        business_date_of(context)


@pytest.mark.parametrize("text", ["30/11/2026", "2026-11-31", "2569-13-01", "2026-11-30T00:00:00"])
def test_a_key_that_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(WrongUse, match="YYYY-MM-DD"):
        business_date_of({"partition_key": text})


def decided(error: Exception) -> str:
    decision = RetryTheOutsideWorld().evaluate(error, try_number=1, max_tries=5)
    return decision.action.value


@pytest.mark.parametrize(
    "error",
    [
        NotArrivedError("late"),
        Unreachable("down"),
        RemoteFailure("/drop/x", "disk full"),
        BusyError("another process"),
        OSError("disk full"),
        RuntimeError("unknown"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_may_pass_is_left_to_the_retries(error: Exception) -> None:
    assert decided(error) == "default"


@pytest.mark.parametrize(
    "error",
    [
        QuarantinedError("trailer lies"),
        WrongUse("no such interface"),
        EndpointError("no host key"),
        HostKeyRefused("another key"),
        LoginRefused("no"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_a_person_must_mend_fails_at_once(error: Exception) -> None:
    assert decided(error) == "fail"


def test_the_reason_is_the_error_s_own_line() -> None:
    decision = RetryTheOutsideWorld().evaluate(
        QuarantinedError("REGMAST is quarantined"), try_number=1, max_tries=5
    )
    assert decision.reason == "REGMAST is quarantined"


def test_credentials_come_from_the_airflow_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, known = tmp_path / "key", tmp_path / "known_hosts"
    key.write_text("a private key\n")
    known.write_text("[127.0.0.1]:2222 ssh-ed25519 AAAA\n")
    variable = connection_variable(
        "counter_service", host="127.0.0.1", port=2222, login="us", key_file=key, known_hosts=known
    )
    assert json.loads(variable["AIRFLOW_CONN_COUNTER_SERVICE"])["conn_type"] == "sftp"
    for name, value in variable.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PRAKAN_HOME", str(tmp_path / "home"))
    site = scheduled_site()
    endpoint = site.endpoint(site.partner("counter_service"))
    assert str(endpoint) == "sftp://us@127.0.0.1:2222"
    assert endpoint.private_key == "a private key\n"


def test_a_missing_connection_names_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_COUNTER_SERVICE", raising=False)
    monkeypatch.setenv("PRAKAN_HOME", str(tmp_path / "home"))
    site = scheduled_site()
    with pytest.raises(EndpointError, match="'counter_service'"):
        site.endpoint(site.partner("counter_service"))


def test_the_signing_key_is_a_connection_s_or_a_file_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRAKAN_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("AIRFLOW_CONN_PRAKAN_SIGNING", raising=False)
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    site = scheduled_site()
    with pytest.raises(KeyTrouble, match="'prakan_signing'"):
        site.signing_key()
    in_file = make_signing_key(tmp_path / "file", raw=bytes(32))
    monkeypatch.setenv(KEY_VARIABLE, str(in_file))
    assert site.signing_key().public == signing_key({KEY_VARIABLE: str(in_file)}).public
    in_connection = make_signing_key(tmp_path / "connection", raw=bytes(range(32)))
    extra = {"private_key": in_connection.read_text()}
    monkeypatch.setenv(
        "AIRFLOW_CONN_PRAKAN_SIGNING", json.dumps({"conn_type": "generic", "extra": extra})
    )
    assert site.signing_key().public == signing_key({KEY_VARIABLE: str(in_connection)}).public
    monkeypatch.setenv("AIRFLOW_CONN_PRAKAN_SIGNING", json.dumps({"conn_type": "generic"}))
    with pytest.raises(KeyTrouble, match="private_key of Airflow connection 'prakan_signing'"):
        site.signing_key()


def test_the_passphrase_of_a_ring_is_the_connection_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRAKAN_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PRAKAN_KEYRINGS", raising=False)
    connection = {"conn_type": "sftp", "extra": {"gpg_passphrase": "open sesame"}}
    monkeypatch.setenv("AIRFLOW_CONN_COUNTER_SERVICE", json.dumps(connection))
    site = scheduled_site()
    partner = site.partner("counter_service")
    with pytest.raises(KeyTrouble, match="set PRAKAN_KEYRINGS"):
        site.ring(partner)
    home = tmp_path / "rings" / "counter_service"
    home.mkdir(parents=True, mode=0o700)
    (home / "pubring.kbx").touch()
    monkeypatch.setenv("PRAKAN_KEYRINGS", str(tmp_path / "rings"))
    assert site.ring(partner) == KeyRing(home, "open sesame")
