"""What an unknown file may be: record format, record length and code page, with the evidence.

Only the beginning of the file is looked at. The answer is a ranked list of proposals, never a
decision: whoever knows the sender decides.
"""

from parsers.sniff.proposals import Proposal, sniff

__all__ = ["Proposal", "sniff"]
