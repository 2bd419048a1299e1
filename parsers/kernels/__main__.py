"""``python -m parsers.kernels``: compile the kernels into the cache, as part of an installation."""

from parsers.kernels import compile_all

compile_all()
