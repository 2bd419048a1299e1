"""``python -m exporters.kernels``: compile the kernels into the cache, as part of an installation."""

from exporters.kernels import compile_all

compile_all()
