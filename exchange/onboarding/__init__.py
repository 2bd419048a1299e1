"""A new partner's set-up, walked step by step before the first real file."""
