"""What ``prakan ui`` asks of Airflow's REST API on this machine."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from interfaces.errors import WrongUse

TIMEOUT_SECONDS = 10.0


def loaded_dags(url: str, user: str, password: str) -> dict[str, list[str]]:
    """Ids of the DAGs by name of their file.

    OSError while the server does not answer, WrongUse for a DAG file that cannot be imported.
    """
    login = _ask(f"{url}/auth/token", body={"username": user, "password": password})
    token = login["access_token"]
    for error in _ask(f"{url}/api/v2/importErrors", token)["import_errors"]:
        reason = error["stack_trace"].strip().splitlines()[-1]
        raise WrongUse(f"{error['filename']} cannot be imported: {reason}")
    found: dict[str, list[str]] = {}
    for dag in _ask(f"{url}/api/v2/dags?exclude_stale=true", token)["dags"]:
        found.setdefault(Path(dag["fileloc"]).name, []).append(dag["dag_id"])
    return found


def _ask(url: str, token: str | None = None, *, body: Mapping[str, str] | None = None) -> Any:
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = json.dumps(body).encode() if body else None
    request = urllib.request.Request(url, data, headers)  # noqa: S310  (http, our own process)
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as reply:  # noqa: S310
        return json.load(reply)
