"""Seals: OpenPGP around files by the system's gpg, Ed25519 signatures of manifests."""
