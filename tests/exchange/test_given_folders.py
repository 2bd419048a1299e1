"""Folders that a run may be told to receive from: a path from outside is never trusted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from exchange.home import Home
from exchange.inbound.given_folders import VARIABLE, delivery_folders, given_folder
from interfaces.errors import WrongUse


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "home" / "inbox" / "deliveries" / "one").mkdir(parents=True)
    (tmp_path / "home" / "outbox").mkdir()
    return Home(tmp_path / "home")


def test_a_folder_below_the_inbox_of_deliveries_is_taken(home: Home) -> None:
    one = home.root / "inbox" / "deliveries" / "one"
    allowed = delivery_folders(home, {})
    assert given_folder(str(one), allowed) == one.resolve()
    assert given_folder(str(one.parent), allowed) == one.parent.resolve()
    assert given_folder(str(one / ".." / "one"), allowed) == one.resolve()


def test_further_folders_are_declared(home: Home, tmp_path: Path) -> None:
    others = [tmp_path / "drive", tmp_path / "courier"]
    for other in others:
        (other / "january").mkdir(parents=True)
    allowed = delivery_folders(home, {VARIABLE: os.pathsep.join(map(str, others))})
    for other in others:
        assert given_folder(str(other / "january"), allowed).name == "january"
    with pytest.raises(WrongUse, match="is not absolute"):
        delivery_folders(home, {VARIABLE: "courier"})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("inbox/deliveries/one", "is not absolute"),
        ("", "is not absolute"),
        ("/etc", "is not below"),
        ("{deliveries}/../../outbox", "is not below"),
        ("{deliveries}/link", "is not below"),
        ("{deliveries}-not", "is not below"),
        ("{deliveries}/one\0", "is not absolute"),
        ("{deliveries}/missing", "is no folder"),
        ("{deliveries}/file", "is no folder"),
        ("/\u202e\n/x", "is not below"),
        ("{deliveries}/circle", "cannot be looked at"),
        ("{deliveries}/" + 300 * "a", "cannot be looked at"),
    ],
)
def test_everything_else_is_refused_in_one_line(home: Home, text: str, says: str) -> None:
    deliveries = home.root / "inbox" / "deliveries"
    (deliveries / "link").symlink_to(home.root / "outbox")
    (deliveries / "circle").symlink_to(deliveries / "circle")
    (deliveries / "file").write_bytes(b"")
    with pytest.raises(WrongUse, match=says) as refused:
        given_folder(text.format(deliveries=deliveries), delivery_folders(home, {}))
    assert str(refused.value).isprintable()
