"""Compile the kernels of receiving: ``python -m exchange.inbound.kernels``."""

from __future__ import annotations

from exchange.inbound.kernels import compile_all

compile_all()
