"""``prakan interfaces [list | check | docs]``: declarations, their soundness, their pages."""

from __future__ import annotations

import argparse
from pathlib import Path

from interfaces.errors import WrongUse
from interfaces.registry import Registry
from prakan.answer import answer, columns
from prakan.layouts import declaration_folders, interface_folders, layout_of, open_registry

DOCS = Path("docs/interfaces")
SAMPLES = Path("sample_files")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, and for ``docs`` where to."""
    parser.add_argument("action", nargs="?", choices=("list", "check", "docs"), default="list")
    parser.add_argument("--out", type=Path, default=DOCS, metavar="DIR", help="docs: the folder")
    parser.add_argument(
        "--samples", type=Path, default=SAMPLES, metavar="DIR", help="docs: folder of examples"
    )


def run(options: argparse.Namespace) -> int:
    """List, check, or write the pages; 2 when a declaration has a problem."""
    if options.action == "check":
        return _check(options)
    if options.action == "docs":
        return _docs(options)
    return _list(options, open_registry())


def _list(options: argparse.Namespace, registry: Registry) -> int:
    rows = []
    for interface in registry.all():
        lengths = sorted({record.length for record in layout_of(interface)})
        rows.append(
            {
                "id": interface.id,
                "name": interface.name,
                "version": interface.version,
                "kind": str(interface.kind),
                "partner": interface.partner,
                "framing": str(interface.file.framing),
                "encoding": interface.file.encoding,
                "record_lengths": lengths,
                "file_name": interface.file.name,
                "valid_from": interface.valid_from,
                "valid_until": interface.valid_until,
                "title": interface.title,
                "title_th": interface.title_th,
                "source": interface.source,
            }
        )
    shown = ("id", "kind", "partner", "framing", "encoding", "file_name", "title")
    text = columns([name.replace("_", " ").capitalize() for name in shown],
                   [[row[name] for name in shown] for row in rows])  # fmt: skip
    answer(options, rows, text)
    return 0


def _check(options: argparse.Namespace) -> int:
    from prakan.declaration_check import check_folders

    interfaces, problems = check_folders(declaration_folders())
    count = len(interfaces)
    lines = problems or [f"{count} interfaces, no problem"]
    answer(options, {"interfaces": count, "problems": problems}, "\n".join(lines))
    return 2 if problems else 0


def _docs(options: argparse.Namespace) -> int:
    from exchange.specification import SpecificationInputs, specification_pages
    from interfaces.catalogue import load_catalogue
    from interfaces.partners import load_partners

    if options.out.exists() and not options.out.is_dir():
        raise WrongUse(f"{options.out} is not a folder; name one")
    folders = [f / "partners" for f in interface_folders() if (f / "partners").is_dir()]
    inputs = SpecificationInputs(
        interfaces=open_registry().all(),
        catalogue=load_catalogue(),
        partners=load_partners(folders),
        samples=options.samples if options.samples.is_dir() else None,
    )
    options.out.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in specification_pages(inputs).items():
        path = options.out / name
        path.write_text(text, "utf-8")
        written.append(path)
    answer(options, {"written": written}, "\n".join(str(path) for path in written))
    return 0
