"""Compile the kernels into the cache: ``python -m exporters.kernels``, at installation."""

from exporters.kernels import compile_all

compile_all()
