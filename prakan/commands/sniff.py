"""``prakan sniff FILE``: what an unknown file may be, with the evidence."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from interfaces.model import Framing
from parsers.sniff import Proposal, sniff
from prakan.answer import answer, columns
from prakan.layouts import input_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file."""
    parser.add_argument("file", type=Path)


def run(options: argparse.Namespace) -> int:
    """Print the proposals, the best first; 1 when there is none."""
    path = input_file(options.file)
    proposals = sniff(path)
    facts = {
        "file": path,
        "size": path.stat().st_size,
        "proposals": [asdict(proposal) for proposal in proposals],
    }
    answer(options, facts, _text(path, proposals))
    return 0 if proposals else 1


def _text(path: Path, proposals: list[Proposal]) -> str:
    if not proposals:
        return f"{path.name}: nothing in it tells what it is; ask the sender for RECFM and LRECL"
    rows = [
        [p.framing or p.compression, p.encoding or None, p.record_length, _form(p), p.confidence]
        for p in proposals
    ]
    parts = [columns(["Framing", "Code page", "LRECL", "Form", "Confidence"], rows)]
    best = proposals[0]
    parts.append("\n".join(f"  {line}" for line in best.evidence))
    if best.framing == Framing.XLSX:
        parts.append(f"try: prakan decode {path} --interface NAME, one that declares [sheet]")
    elif best.framing:
        parts.append(f"try: prakan decode {path} --copybook CPY {_flags(best)}")
    return "\n\n".join(parts)


def _form(proposal: Proposal) -> str | None:
    if proposal.line_end:
        return proposal.line_end
    return f"{proposal.rdw} + BDW" if proposal.bdw else proposal.rdw


def _flags(proposal: Proposal) -> str:
    """The proposal as options of ``decode``."""
    flags = [f"--encoding {proposal.encoding}", f"--framing {proposal.framing}"]
    if proposal.line_end:
        flags.append(f"--line-end {proposal.line_end}")
    if proposal.rdw and proposal.rdw != "ibm":
        flags.append(f"--rdw {proposal.rdw}")
    if proposal.bdw:
        flags.append("--bdw")
    return " ".join(flags)
