"""The night's report as one HTML page that stands alone: no script, nothing loaded from outside."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from exchange.report import charts
from exchange.report.figures import LIST_LIMIT, NightFigures
from exchange.returns.receipts import ReceiptState
from exchange.status import wording
from exchange.status.advice import Level, Said
from ledger.delivery import ARRIVED

TEMPLATE = "page.html.j2"
VERDICTS = {
    Level.IN_ORDER: Said("All in order", "เรียบร้อยทุกรายการ"),
    Level.FOLLOW_UP: Said(
        "The night is complete; some items need follow-up", "งานคืนนี้ครบถ้วน มีรายการให้ติดตาม"
    ),
    Level.TROUBLE: Said(
        "Needs attention: the night is not complete", "ต้องดำเนินการ งานคืนนี้ยังไม่ครบถ้วน"
    ),
}
_STATES_TH = {
    "landed": "ได้รับแล้ว",
    "accepted": "รับเข้าแล้ว",
    "quarantined": "กักไว้",
    "posted": "บันทึกบัญชีแล้ว",
    "answered": "ตอบรับแล้ว",
    "built": "สร้างแล้ว",
    "sent": "ส่งแล้ว",
    "missing": "ยังมาไม่ถึง",
    "awaited": "รออยู่",
    "planned": "วางแผนแล้ว",
    "sealed": "ปิดผนึกแล้ว",
    "sending": "กำลังส่ง",
    "unknown": "ไม่ทราบผล",
    "delivered": "ส่งถึงแล้ว",
    "acknowledged": "ปลายทางตอบรับแล้ว",
    "refused": "ถูกปฏิเสธ",
    "failed": "ส่งไม่สำเร็จ",
    "superseded": "ถูกแทนด้วยแฟ้มใหม่",
}
_RECEIPTS_TH = {
    ReceiptState.AWAITED: "รอตอบรับ",
    ReceiptState.ACCEPTED: "รับแล้ว",
    ReceiptState.WITH_REJECTS: "รับบางส่วน",
    ReceiptState.REFUSED: "ไม่รับ",
    ReceiptState.CONTRADICTED: "ตอบขัดกัน",
    ReceiptState.NOT_DUE: "ไม่ต้องตอบ",
}


def render(figures: NightFigures) -> str:
    """The page; the same figures give the same text. Everything from outside is escaped."""
    feeds = [feed for feed in figures.feeds if feed.months is not None]
    feeds = [feed for feed in feeds if feed.delivery.superseded_by is None]
    return _template().render(
        night=figures,
        sent=[feed for feed in feeds if feed.delivery.state in ARRIVED],
        unsent=[feed for feed in feeds if feed.delivery.state not in ARRIVED],
        verdict=VERDICTS[figures.level],
        level=figures.level.value,
        limit=LIST_LIMIT,
        record_bars=charts.record_bars(figures),
        standing_bars=charts.standing_bars(figures),
        payment_bar=charts.payment_bar(figures),
        broken_bars=charts.broken_bars(figures),
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "baht": wording.baht,
        "number": _number,
        "month": wording.month,
        "day_in_thai": wording.day_in_thai,
        "day_in_english": wording.day_in_english,
        "buddhist": wording.day_in_buddhist_era,
        "state_th": _state_in_thai,
        "receipt_th": _receipt_in_thai,
        "coded": _coded,
    }
    return environment.get_template(TEMPLATE)


def _number(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def _state_in_thai(state: str) -> str:
    return _STATES_TH[state]


def _receipt_in_thai(state: str) -> str:
    return _RECEIPTS_TH[ReceiptState(state)]


def _coded(text: str) -> Markup:
    """Commands between backticks as code; everything is escaped."""
    parts = text.split("`")
    shown = [Markup("<code>{}</code>").format(p) if n % 2 else p for n, p in enumerate(parts)]
    return Markup("").join(shown)
