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
from interfaces.errors import WrongUse
from simulation.airflow_night import connection_variable


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
