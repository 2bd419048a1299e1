"""Compile the kernels of validation: ``python -m validation.kernels``."""

from __future__ import annotations

from validation.kernels import compile_all

compile_all()
