"""Copy libraries: folders in which COPY finds its members, and which files were read from them.

Member names are data: a member is a file directly in a library folder, found by listing it.
Nothing a copybook says can lead outside.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from parsers.copybook.text_file import copybook_text
from parsers.copybook.tokens import Token

MOST_BYTES: Final = 16 << 20  # of all the text that one copybook copies
SUFFIXES: Final = ("", ".cpy", ".cbl", ".cob", ".copy")

_MEMBER = re.compile(r"[A-Za-z0-9@#$_-]+(?:\.[A-Za-z0-9]+)?")


class Stamp(NamedTuple):
    """State of a file or folder that was read; another state means that it was changed."""

    path: Path
    modified_ns: int
    size: int

    @classmethod
    def of(cls, path: Path) -> Stamp:
        """The state now; OSError when it cannot be told."""
        state = path.stat()
        return cls(path, state.st_mtime_ns, state.st_size)


class Library:
    """The library folders in the order of search, for the reading of one copybook.

    ``COPY … OF name`` looks in a folder of that name, among the library folders and in them. On
    the mainframe the name is that of a DD statement; where no such folder is, all are searched.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self.stamps: list[Stamp] = []
        self._folders = tuple(folders)
        self._members: dict[Path, dict[str, list[str]]] = {}
        self._bytes = 0

    def find(self, name: Token, of: Token | None = None) -> Path:
        """The file of a member; CopybookError at ``name`` when there is none, or no single one."""
        if not _MEMBER.fullmatch(name.text):
            raise name.error("not a member name; use letters, digits, - and _, without folders")
        if not self._folders:
            raise name.error("cannot be copied, no library folder is given; name one")
        folders = self._named(of, name) if of is not None else self._folders
        for folder in folders:
            for suffix in SUFFIXES:
                if found := self._listed(folder, name).get((name.text + suffix).lower()):
                    return self._checked(folder, found, name)
        places = ", ".join(str(folder) for folder in folders)
        raise name.error(f"not found in the library ({places}); put the member there")

    def text(self, path: Path, name: Token) -> str:
        """The text of a member; CopybookError when it cannot be read or is too much."""
        try:
            self.stamps.append(Stamp.of(path))
            self._bytes += self.stamps[-1].size
            if self._bytes > MOST_BYTES:
                raise name.error(f"more than {MOST_BYTES} bytes are copied; split the copybook")
            data = path.read_bytes()
        except OSError as error:
            raise name.error(f"{path} cannot be read: {error.strerror}") from None
        return copybook_text(data, source=path.name)

    def _named(self, of: Token, name: Token) -> tuple[Path, ...]:
        wanted = of.text.lower()
        named = [folder for folder in self._folders if folder.name.lower() == wanted]
        for folder in self._folders:
            below = self._listed(folder, name).get(wanted, [])
            named += [folder / one for one in below if _is_folder_in(folder, folder / one)]
        return tuple(named) or self._folders

    def _listed(self, folder: Path, name: Token) -> dict[str, list[str]]:
        """Names in a folder by their lower-case form."""
        if folder not in self._members:
            members: dict[str, list[str]] = {}
            try:
                self.stamps.append(Stamp.of(folder))
                for member in folder.iterdir():
                    members.setdefault(member.name.lower(), []).append(member.name)
            except OSError as error:
                raise name.error(f"library {folder} cannot be read: {error.strerror}") from None
            self._members[folder] = members
        return self._members[folder]

    def _checked(self, folder: Path, found: list[str], name: Token) -> Path:
        exact = [one for one in found if one.partition(".")[0] in (name.text, name.text.lower())]
        if len(found) > 1 and len(exact) != 1:
            raise name.error(f"found as {', '.join(sorted(found))}; keep one of them")
        path = folder / (exact or found)[0]
        if not path.is_file() or path.resolve().parent != folder.resolve():
            raise name.error(f"{path} is not a file of the library folder; put the text there")
        return path


def _is_folder_in(folder: Path, below: Path) -> bool:
    return below.is_dir() and below.resolve().parent == folder.resolve()
