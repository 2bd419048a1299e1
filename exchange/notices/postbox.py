"""Handing mails to the mail server over one connection, with a sure word on each of them.

smtplib's own ``sendmail`` says of a connection that broke off only that it broke off. Whether
the server can have the mail depends on when: it has it once it has seen the line with a single
dot, and cannot have it before. So the steps are taken one by one here.
"""

from __future__ import annotations

import re
import smtplib
import socket
from dataclasses import dataclass, field

from exchange.watch.mail_server import MailServer, reason_of
from interfaces.errors import OutsideFailure
from ledger.employer_mail import MailState

FINAL_SECONDS = 600.0
"""Longest wait for the answer to the final dot (RFC 5321, 4.5.3.2.6): giving up sooner makes
mails unknown that were taken."""

_OK = 250
_FORWARDS = 251
_GO_AHEAD = 354
_CLOSING = 421
_TEMPORARY = 400
_PERMANENT = 500
_WANTS_LOGIN = (530, 535)
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)
_ENHANCED = re.compile(rb"\A([245])\.([0-9]{1,3})\.([0-9]{1,3})(?:\s|\Z)")
_ADDRESS_CLASS = "1"  # X.1.X: about the mailbox's address; X.7.X: a policy of the server
_POLICY_CLASS = "7"


class ServerTrouble(OutsideFailure):
    """The mail server cannot be reached, or takes no mail of ours: no use in going on now."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one mail. ``detail`` holds numbers of answers, never their text: it may
    repeat an address. ``trouble``: why no further mail should be tried now."""

    state: MailState
    detail: dict[str, object] = field(default_factory=dict)
    trouble: str | None = None


class _Answer(Exception):
    """The server said no at some step."""

    def __init__(self, step: str, code: int, text: bytes) -> None:
        super().__init__(step, code)
        self.step, self.code, self.text = step, code, text


class Postbox:
    """A session with the server, kept for many mails and made anew when it is lost."""

    def __init__(self, server: MailServer, *, final_seconds: float = FINAL_SECONDS) -> None:
        self._server = server
        self._final_seconds = final_seconds
        self._session: smtplib.SMTP | None = None

    def open(self) -> None:
        """Have a session; ServerTrouble when there is none to be had."""
        if self._session is not None:
            return
        try:
            self._session = self._server.connected()
            self._session.ehlo_or_helo_if_needed()
            # The dot follows the mail in a packet of its own, which must not wait for the answer
            # to the one before: that alone would take a twenty-fifth of a second a mail.
            self._socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except smtplib.SMTPResponseException as error:
            self._drop()
            raise ServerTrouble(f"{self._server}: answers {error.smtp_code}; {_LATER}") from None
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            raise ServerTrouble(f"{self._server}: {reason_of(error)}; {_LATER}") from None

    def close(self) -> None:
        """Say goodbye, as far as anybody listens."""
        session, self._session = self._session, None
        if session is None:
            return
        try:
            session.quit()
        except (smtplib.SMTPException, OSError):
            session.close()

    def send(self, envelope_sender: str, address: str, content: bytes) -> Outcome:
        """Hand over one mail; never raises for what the server or the network does."""
        try:
            self._begin(envelope_sender)
        except _Answer as said:
            return self._refused(said)
        except ServerTrouble as error:
            return Outcome(MailState.DEFERRED, {"step": "connect"}, trouble=str(error))
        try:
            self._ask("rcpt", self._open_session().rcpt(address), (_OK, _FORWARDS))
            self._ask("data", self._open_session().docmd("DATA"), (_GO_AHEAD,))
            self._open_session().send(_LEADING_DOT.sub(b"..", content))
        except _Answer as said:
            return self._refused(said)
        except (smtplib.SMTPException, OSError) as error:
            # The dot was not sent: the server has to forget what it has.
            self._drop()
            return Outcome(MailState.DEFERRED, {"step": "broke off", "why": reason_of(error)})
        return self._end()

    def _begin(self, envelope_sender: str) -> None:
        """MAIL FROM, on a new session where the old one has gone stale meanwhile."""
        for is_last in (False, True):
            self.open()
            try:
                code, text = self._open_session().mail(envelope_sender)
                if code != _CLOSING:
                    self._ask("mail", (code, text), (_OK,))
                    return
                why = f"answers {code}"
            except (smtplib.SMTPException, OSError) as error:
                why = reason_of(error)
            self._drop()
            if is_last:
                raise ServerTrouble(f"{self._server}: {why}; {_LATER}")

    def _end(self) -> Outcome:
        session = self._open_session()
        try:
            self._socket().settimeout(self._final_seconds)
            session.send(b".\r\n")
            code, text = session.getreply()
            self._socket().settimeout(self._server.seconds)
            self._ask("end", (code, text), (_OK,))
        except _Answer as said:
            return self._refused(said)
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            return Outcome(MailState.UNKNOWN, {"step": "end", "why": reason_of(error)})
        return Outcome(MailState.SENT, {"code": code})

    def _ask(self, step: str, answer: tuple[int, bytes], wanted: tuple[int, ...]) -> None:
        code, text = answer
        if code not in wanted:
            raise _Answer(step, code, text)

    def _refused(self, said: _Answer) -> Outcome:
        """What an answer means for this mail, and for those after it."""
        detail: dict[str, object] = {"step": said.step, "code": said.code}
        enhanced = _ENHANCED.match(said.text)
        subject = enhanced[2].decode() if enhanced else ""
        if enhanced:
            detail["status"] = b".".join(enhanced.groups()).decode()
        self._forget(said.code)
        if said.code < _TEMPORARY or said.code in _WANTS_LOGIN or said.step == "mail":
            # Nothing that is about this address: a login, the sender's name, the protocol.
            trouble = f"{self._server}: answers {said.code} to {said.step.upper()}; {_LATER}"
            return Outcome(MailState.DEFERRED, detail, trouble=trouble)
        if said.code < _PERMANENT:
            return Outcome(MailState.DEFERRED, detail)
        is_about_address = said.step == "rcpt" and subject != _POLICY_CLASS
        if is_about_address or subject == _ADDRESS_CLASS:
            return Outcome(MailState.BOUNCED, detail)
        return Outcome(MailState.REFUSED, detail)

    def _forget(self, code: int) -> None:
        """Make the session ready for the next mail, or give it up."""
        if self._session is None:
            return
        try:
            if code != _CLOSING and self._session.rset()[0] == _OK:
                return
        except (smtplib.SMTPException, OSError):
            self._drop()
            return
        self._drop()

    def _drop(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def _socket(self) -> socket.socket:
        found = self._open_session().sock
        if found is None:
            raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
        return found

    def _open_session(self) -> smtplib.SMTP:
        if self._session is None:
            raise smtplib.SMTPServerDisconnected("please run connect() first")
        return self._session


_LATER = "what was not sent is sent by the next run"
