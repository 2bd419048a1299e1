"""The ``prakan`` command: finds the verb, runs it, turns errors into one line and a status.

Exit status: 0 done, 1 findings or breaks, 2 wrong use, 3 the outside world failed.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from prakan.failures import report_failure

#: Verb → module below ``prakan.commands``. Modules are imported for their arguments only when
#: their verb is asked for, so that ``prakan describe`` does not pay for a database driver.
VERBS = {
    "describe": "fields of an interface or a copybook, with offsets, lengths and types",
    "decode": "bytes of a file to Parquet, CSV or JSON lines, with findings",
    "encode": "a table to the bytes of a file",
    "sniff": "what an unknown file may be: record format, length, code page",
    "diff": "compare two files of an interface, record by record and field by field",
    "validate": "check a file against its interface; nothing is stored",
    "receive": "land, decode, validate and store what has arrived",
    "publish": "build, read back and deliver the feeds of a business date",
    "reconcile": "fetch returns, match and post them, send acknowledgements",
    "run": "one whole business night: receive, publish, reconcile, report",
    "status": "where the files of a business date stand",
    "watch": "what is due, late or met; warns and alarms whoever is declared",
    "show": "everything known about one file or delivery",
    "retry": "bring a delivery that broke off to its end, after looking at the partner",
    "redeliver": "send the same bytes of a delivery again",
    "replay": "process a quarantined file again with the declarations of today",
    "regenerate": "make a new version of a feed that supersedes the old one",
    "breaks": "payments and files that need a decision: list, show, resolve, approve, reopen",
    "employers": "employers' accounts, filings taken back, who has not filed",
    "books": "balances, checks and closing of the ledger's books",
    "notices": "notices to employers by mail: send, status, report, resend, bounces",
    "trace": "a person's months, money and standing; or the record behind a posting",
    "disclosures": "every file that carried a person's data, to whom and when",
    "audit": "verify or list the chain of every byte moved and every act by hand",
    "partner": "walk a new partner's set-up: reach, keys, folders, seal, a test file",
    "population": "generate a synthetic country with its extracts and filings",
    "interfaces": "list and check interfaces, write partner specification pages",
    "demo": "one business night on synthetic data, in Airflow, with a report",
    "ui": "the Airflow web interface on loopback with the DAGs loaded",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line; returns the exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    verb = arguments[0] if arguments else ""
    if verb not in VERBS:
        return _usage(verb)
    module = importlib.import_module(f"prakan.commands.{verb}")
    parser = argparse.ArgumentParser(prog=f"prakan {verb}", description=VERBS[verb])
    parser.add_argument("--json", action="store_true", help="a machine-readable answer")
    module.add_arguments(parser)
    options = parser.parse_args(arguments[1:])
    try:
        status = int(module.run(options))
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # The reader went away (`prakan … | head`): not an error, and nothing more to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("prakan: interrupted; run the same command again to go on", file=sys.stderr)
        return 3
    except Exception as error:
        return report_failure(verb, error)


def _usage(verb: str) -> int:
    out = sys.stdout if verb in ("-h", "--help", "help") else sys.stderr
    if out is sys.stderr and verb:
        print(f"prakan: no command {verb!r}; the commands are:", file=out)
    else:
        print("usage: prakan COMMAND [--json] …   (prakan COMMAND --help)", file=out)
    for name, text in VERBS.items():
        print(f"  {name:<12} {text}", file=out)
    return 0 if out is sys.stdout else 2


if __name__ == "__main__":
    sys.exit(main())
