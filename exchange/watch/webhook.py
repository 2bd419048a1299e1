"""Notices to a web address: one POST of JSON."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import re
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Any
from urllib.parse import urlsplit

from exchange.watch.channel import ChannelFailure, Message, one_line
from exchange.watch.loopback import is_loopback
from interfaces.errors import WrongUse

SECONDS = 20.0
"""Longest wait for one answer."""

LONGEST_REASON = 160
"""Letters of a failure that are kept: an answer that is no HTTP may be 64 KiB long."""

SIGNATURE_HEADER = "X-Prakan-Signature"
_URL = re.compile(r"[!-~]+")  # visible ASCII: no line can be smuggled into the request


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer that says no: the body would be lost, and the address is pinned."""

    def redirect_request(
        self,
        req: urllib.request.Request,  # noqa: ARG002  (urllib's signature)
        fp: IO[bytes],  # noqa: ARG002
        code: int,  # noqa: ARG002
        msg: str,  # noqa: ARG002
        headers: Any,  # noqa: ARG002
        newurl: str,  # noqa: ARG002
    ) -> None:
        """Follow nothing."""
        return


@dataclass(frozen=True, slots=True)
class Webhook:
    """An https address (http on this machine only), and a secret that signs what it gets.

    The signature is ``sha256=`` and the HMAC-SHA256 of the body in hex. The path of the address
    may be a secret itself, so that only the host is ever shown.
    """

    url: str = field(repr=False)
    secret: str | None = field(default=None, repr=False)
    seconds: float = SECONDS
    name: str = "webhook"

    def __str__(self) -> str:
        parts = urlsplit(self.url)
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{parts.hostname}{port}"

    def send(self, message: Message) -> Mapping[str, object]:
        """POST the notice; the status of the answer. Anything but 2xx is a ChannelFailure."""
        body = body_of(message)
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "prakan"}
        if self.secret is not None:
            headers[SIGNATURE_HEADER] = signature_of(body, self.secret)
        request = urllib.request.Request(  # noqa: S310  (https, or http on this machine)
            self.url, data=body, headers=headers, method="POST"
        )
        try:
            with self._opener().open(request, timeout=self.seconds) as answer:
                status: int = answer.status
        except urllib.error.HTTPError as error:
            error.close()
            raise ChannelFailure(f"{self}: answers {error.code}") from None
        except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
            raise ChannelFailure(f"{self}: {_reason(error)}") from None
        return {"status": status}

    def _opener(self) -> urllib.request.OpenerDirector:
        trusted = urllib.request.HTTPSHandler(context=ssl.create_default_context())
        handlers: list[urllib.request.BaseHandler] = [_NoRedirect(), trusted]
        if is_loopback(urlsplit(self.url).hostname or ""):
            handlers.append(urllib.request.ProxyHandler({}))  # a proxy has another loopback
        return urllib.request.build_opener(*handlers)


def body_of(message: Message) -> bytes:
    """The JSON of a notice: the same bytes for the same notice."""
    return json.dumps(
        {
            "id": message.message_id,
            "business_date": message.business_date.isoformat(),
            "subject": message.subject,
            "level": message.level,
            "text": {"en": message.text_en, "th": message.text_th},
            "detail": dict(message.detail),
        },
        ensure_ascii=False,
        sort_keys=True,
    ).encode()


def signature_of(body: bytes, secret: str) -> str:
    """Value of the signature's header for a body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def webhook_from(url: str, *, secret: str | None) -> Webhook:
    """The channel of an address; WrongUse for one that is not https (or http on this machine)."""
    variable = "PRAKAN_NOTIFY_WEBHOOK_URL"
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise WrongUse(f"{variable} is not an address written https://host/path") from None
    host = parts.hostname or ""
    if not _URL.fullmatch(url) or not host or parts.scheme not in ("http", "https"):
        raise WrongUse(f"{variable} is not an address written https://host/path")
    if parts.username is not None or parts.password is not None:
        raise WrongUse(
            f"{variable}: a user stands in the address; sign with PRAKAN_NOTIFY_WEBHOOK_SECRET"
        )
    if parts.scheme == "http" and not is_loopback(host):
        raise WrongUse(f"{variable}: only https leaves this machine; write https://{host}/…")
    return Webhook(url, secret)


def _reason(error: Exception) -> str:
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {cause.verify_message}"
    if isinstance(cause, TimeoutError):
        return "no answer in time"
    return one_line(str(cause))[:LONGEST_REASON] or type(cause).__name__
