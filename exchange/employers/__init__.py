"""Employers' filings: what they say, what is due by them, and what is told back."""
