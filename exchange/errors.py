"""Errors of the outside world: each one line that says what, where and what to do.

The kind of error is its class and, for an answer of a server, its numeric status; nobody
reads the text to find out what happened.
"""

from __future__ import annotations

from interfaces.errors import OutsideFailure, WrongUse


class ExchangeError(OutsideFailure):
    """A partner's server failed us; ``str`` is one line fit for an operator."""


class EndpointError(WrongUse):
    """The connection settings of a partner are missing, contradictory or unreadable."""


class Unreachable(ExchangeError):
    """No connection, a lost one, or no answer in time. Whatever was under way is *unknown*."""


class HostKeyRefused(ExchangeError):
    """The server's key is not a pinned one. Nothing was sent, not even the user's name."""


class LoginRefused(ExchangeError):
    """The server is the right one and refuses the user, the key or the password."""


class RemoteFailure(ExchangeError):
    """The server answered that it will not or cannot do something with ``path``.

    ``sftp_status`` is the SFTP status number (3 permission denied, 4 failure, 8 unsupported …),
    or None when our own check of the remote side failed.
    """

    def __init__(self, path: str, what: str, *, sftp_status: int | None = None) -> None:
        super().__init__(f"{path}: {what}")
        self.path = path
        self.what = what
        self.sftp_status = sftp_status


class ContentDiffers(RemoteFailure):
    """Another content stands under the name, or the bytes there are not those we meant."""
