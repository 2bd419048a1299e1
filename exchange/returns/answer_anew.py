"""Answer anew: an acknowledgement that cannot be delivered is made again under the next number."""

from __future__ import annotations

from exchange.locks import exclusive
from exchange.outbound.deliver import Delivered
from exchange.returns.acknowledge import (
    acknowledgement_interface,
    finish_answer,
    plan_answer,
)
from exchange.site import Site
from interfaces.errors import WrongUse
from ledger.acts import OperatorAct, record_act
from ledger.deliveries import find
from ledger.delivery import UNDER_WAY, Delivery
from ledger.files import FileStanding
from ledger.files import find as find_file


def answer_anew(site: Site, delivery_id: str, *, who: str, reason: str) -> Delivered:
    """Supersede an answer that never arrived, for example since another file has its name.

    The new one says the same under the next number; who and why is recorded first. WrongUse for
    one that arrived (it is final), is under way or was superseded.
    """
    old = find(site.ledger, delivery_id)
    if old is None or old.answers is None:
        raise WrongUse(f"no answer {delivery_id}; `prakan status --date D` lists them")
    _refuse_unsafe(old)
    partner = site.partner(old.partner)
    standing = _answered(site, old.answers)
    interface = acknowledgement_interface(site, partner, old.business_date)
    if interface is None:
        raise WrongUse(
            f"{partner.name} has no acknowledgement interface in force on {old.business_date}"
        )
    with exclusive(site, f"returns.{partner.name}"):
        record_act(
            site.ledger,
            OperatorAct("regenerate", delivery_id, who, reason, recorded_at=site.clock()),
        )
        new = plan_answer(site, interface, standing, supersedes=old.delivery_id)
        return finish_answer(site, partner, interface, new, standing)


def _refuse_unsafe(old: Delivery) -> None:
    if old.superseded_by is not None:
        raise WrongUse(
            f"{old.delivery_id} was superseded by {old.superseded_by}: regenerate that one"
        )
    if old.state in UNDER_WAY:
        raise WrongUse(
            f"{old.delivery_id} is {old.state} and may be at the partner: settle it first, "
            f"`prakan retry {old.delivery_id} --reason …`"
        )
    if old.arrived:
        raise WrongUse(
            f"{old.delivery_id} has arrived, and a file has one answer: "
            f"`prakan redeliver {old.delivery_id} --reason …` sends the same bytes again"
        )


def _answered(site: Site, file_id: str) -> FileStanding:
    standing = find_file(site.ledger, file_id)
    if standing is None:
        raise WrongUse(f"the file {file_id} that is answered is not in the ledger")
    return standing
