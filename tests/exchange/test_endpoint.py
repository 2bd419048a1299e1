"""Endpoints: from the environment or an Airflow Connection, and silent about secrets."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import subprocess
from pathlib import Path

import asyncssh
import pytest
from airflow.sdk import Connection
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from exchange.errors import EndpointError
from exchange.remote.endpoint import (
    Endpoint,
    endpoint_from_connection,
    endpoint_from_environment,
    endpoint_from_uri,
)
from interfaces.policies import Client
from tests.openssh import make_key, program, public_key

HOST, PORT = "sftp.partner.example", 2222
NAME = f"[{HOST}]:{PORT}"


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_key(tmp_path_factory.mktemp("keys") / "key")


@pytest.fixture
def environment(key: Path, tmp_path: Path) -> dict[str, str]:
    known_hosts = tmp_path / "known_hosts"
    known_hosts.write_text(f"{NAME} {public_key(key)}\n")
    return {
        "PRAKAN_SFTP_COUNTER_SERVICE_URL": f"sftp://agency@{HOST}:{PORT}",
        "PRAKAN_SFTP_COUNTER_SERVICE_KEY_FILE": str(key),
        "PRAKAN_SFTP_COUNTER_SERVICE_KNOWN_HOSTS": str(known_hosts),
    }


def _password_endpoint(known_hosts: str, port: int = PORT) -> Endpoint:
    return Endpoint(HOST, port, "agency", known_hosts, password="sesame")


def test_from_environment(environment: dict[str, str], key: Path) -> None:
    endpoint = endpoint_from_environment("counter_service", environment)

    assert (endpoint.host, endpoint.port, endpoint.user) == (HOST, PORT, "agency")
    opened, (pinned,) = endpoint.login_key(), endpoint.pinned()
    assert opened is not None
    assert f"{opened.get_name()} {opened.get_base64()}" == public_key(key)
    assert f"{pinned.get_name()} {pinned.get_base64()}" == public_key(key)


@pytest.mark.parametrize("missing", ["URL", "KEY_FILE", "KNOWN_HOSTS"])
def test_a_missing_variable_is_named(environment: dict[str, str], missing: str) -> None:
    del environment[f"PRAKAN_SFTP_COUNTER_SERVICE_{missing}"]
    with pytest.raises(EndpointError, match=f"set PRAKAN_SFTP_COUNTER_SERVICE_{missing}"):
        endpoint_from_environment("counter_service", environment)


def test_secrets_are_never_shown(environment: dict[str, str], key: Path) -> None:
    environment["PRAKAN_SFTP_COUNTER_SERVICE_KEY_PASSPHRASE"] = "opensesame"
    shown = [endpoint_from_environment("counter_service", environment)]
    shown.append(_password_endpoint(""))
    for endpoint in shown:
        for text in (repr(endpoint), str(endpoint), f"{endpoint}"):
            assert "sesame" not in text
            assert "PRIVATE KEY" not in text


@pytest.mark.parametrize(
    "uri",
    [
        "ssh://agency@host",
        "sftp://host",
        "sftp://agency@",
        "sftp://agency@host/drop",
        "sftp://agency@host:port",
        "sftp://agency@host?x=1",
        "agency@host",
        "",
    ],
)
def test_addresses_that_are_none(uri: str, environment: dict[str, str]) -> None:
    environment["PRAKAN_SFTP_COUNTER_SERVICE_URL"] = uri
    with pytest.raises(EndpointError, match=r"sftp://user@host:port|_URL"):
        endpoint_from_environment("counter_service", environment)


def test_a_password_in_the_address_is_refused_and_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(EndpointError) as caught:
        endpoint_from_uri("sftp://agency:sesame@host", known_hosts=tmp_path / "known_hosts")
    assert "sesame" not in str(caught.value)


def test_one_credential_and_only_one(key: Path) -> None:
    with pytest.raises(EndpointError, match="one only"):
        Endpoint(HOST, PORT, "agency", "")
    with pytest.raises(EndpointError, match="one only"):
        Endpoint(HOST, PORT, "agency", "", private_key=key.read_text(), password="sesame")


def test_unreadable_files_and_keys_are_one_line(environment: dict[str, str], key: Path) -> None:
    environment["PRAKAN_SFTP_COUNTER_SERVICE_KEY_FILE"] = "/nowhere/key"
    with pytest.raises(EndpointError, match="private key file /nowhere/key: No such file"):
        endpoint_from_environment("counter_service", environment)
    broken = Endpoint(HOST, PORT, "agency", "", private_key=key.read_text()[:80])
    with pytest.raises(EndpointError, match="cannot be opened"):
        broken.login_key()


def test_the_partner_names_the_library(environment: dict[str, str], key: Path) -> None:
    connection = _connection(key_file=str(key), host_key=public_key(key))
    for made in (
        lambda **given: endpoint_from_environment("counter_service", environment, **given),
        lambda **given: endpoint_from_connection(connection, **given),
    ):
        assert made().client is Client.PARAMIKO
        assert made(client=Client.ASYNCSSH).client is Client.ASYNCSSH


@pytest.mark.parametrize("form", ["RFC4716", "PEM", "PKCS8"])
@pytest.mark.parametrize("passphrase", ["", "sesame"])
def test_forms_of_login_keys(tmp_path: Path, form: str, passphrase: str) -> None:
    path = make_key(tmp_path / "key", "ecdsa")
    change = [program("ssh-keygen"), "-q", "-p", "-m", form, "-P", "", "-N", passphrase, "-f"]
    subprocess.run([*change, str(path)], check=True)
    endpoint = Endpoint(
        HOST, PORT, "agency", "", private_key=path.read_text(), passphrase=passphrase or None
    )
    opened, text = endpoint.login_key(), endpoint.login_key_text()
    assert opened is not None
    assert f"{opened.get_name()} {opened.get_base64()}" == public_key(path)
    assert text is not None
    assert asyncssh.import_private_key(text).public_data == opened.asbytes()


def test_keys_that_cannot_be_used(key: Path) -> None:
    curve = ec.generate_private_key(ec.SECP256K1())
    strange = curve.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    for text, passphrase in ((strange, None), (key.read_text(), "sesame")):
        endpoint = Endpoint(HOST, PORT, "a", "", private_key=text, passphrase=passphrase)
        with pytest.raises(EndpointError, match="cannot be opened"):
            endpoint.login_key()


@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
def test_other_kinds_of_login_keys(tmp_path: Path, kind: str) -> None:
    path = make_key(tmp_path / "key", kind)
    opened = Endpoint(HOST, PORT, "agency", "", private_key=path.read_text()).login_key()
    assert opened is not None
    assert f"{opened.get_name()} {opened.get_base64()}" == public_key(path)


def test_hashed_host_names_are_understood(key: Path) -> None:
    salt = b"0123456789abcdefghij"
    digest = hmac.new(salt, NAME.encode(), hashlib.sha1).digest()
    hashed = "|1|" + base64.b64encode(salt).decode() + "|" + base64.b64encode(digest).decode()
    line = f"{hashed} {public_key(key)}"

    assert len(_password_endpoint(line).pinned()) == 1
    with pytest.raises(EndpointError, match="no host key is pinned"):
        _password_endpoint(line, port=22).pinned()


@pytest.mark.parametrize("known_hosts", ["", f"{HOST} KEY", "[other.example]:2222 KEY"])
def test_no_pin_for_this_host_and_port_is_refused(key: Path, known_hosts: str) -> None:
    with pytest.raises(EndpointError, match="no host key is pinned"):
        _password_endpoint(known_hosts.replace("KEY", public_key(key))).pinned()


@pytest.mark.parametrize(
    "line",
    [f"@revoked {NAME} KEY", "*.example KEY", NAME, f"{NAME} ssh-ed25519 %%%", f"{NAME} x y"],
)
def test_lines_that_cannot_be_used_are_refused_by_number(key: Path, line: str) -> None:
    known_hosts = "# pins\n" + line.replace("KEY", public_key(key))
    with pytest.raises(EndpointError, match="known_hosts line 2"):
        _password_endpoint(known_hosts).pinned()


def _connection(**extra: object) -> Connection:
    return Connection(
        conn_id="counter_service",
        conn_type="sftp",
        host=HOST,
        port=PORT,
        login="agency",
        extra=json.dumps(extra),
    )


def test_from_an_airflow_connection(key: Path) -> None:
    by_file = _connection(key_file=str(key), host_key=public_key(key))
    by_text = _connection(private_key=key.read_text(), host_key=f"{NAME} {public_key(key)}")
    for connection in (by_file, by_text):
        endpoint = endpoint_from_connection(connection)
        assert str(endpoint) == f"sftp://agency@{HOST}:{PORT}"
        assert endpoint.login_key() is not None
        assert len(endpoint.pinned()) == 1


def test_bare_rsa_host_key_of_older_connections(tmp_path: Path) -> None:
    rsa = public_key(make_key(tmp_path / "rsa", "rsa")).split()[1]
    connection = _connection(host_key=rsa)
    connection.password = "sesame"
    (pinned,) = endpoint_from_connection(connection).pinned()
    assert pinned.get_base64() == rsa


def test_airflow_connection_cannot_switch_the_check_off(key: Path) -> None:
    with pytest.raises(EndpointError, match="no_host_key_check is not accepted"):
        endpoint_from_connection(_connection(key_file=str(key), no_host_key_check="true"))
    with pytest.raises(EndpointError, match="no host key"):
        endpoint_from_connection(_connection(key_file=str(key)))
