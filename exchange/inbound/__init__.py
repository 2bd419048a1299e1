"""Receive: from a file in an inbox to accepted rows, findings and a result in the ledger."""
