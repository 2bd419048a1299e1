"""What a feed's code page cannot say."""

from __future__ import annotations

import pyarrow as pa

from exchange.outbound.building import no_rows, writable
from interfaces.registry import Registry

FEED = Registry().get("counter_feed_s39")


def test_a_character_that_the_page_lacks_becomes_a_question_mark_and_others_stay() -> None:
    names = pa.table({"given_name": ["สมศักดิ์", "ก้อง¬", None, "O'Neil-2"], "n": [1, 2, 3, 4]})
    mended = writable(names, FEED)
    assert mended["given_name"].to_pylist() == ["สมศักดิ์", "ก้อง?", None, "O'Neil-2"]
    assert mended["n"].to_pylist() == [1, 2, 3, 4]


def test_nobody_is_a_batch_too() -> None:
    assert no_rows(pa.schema([("a", pa.utf8())])).num_rows == 0
