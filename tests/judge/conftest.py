"""The compiler that judges."""

import pytest
from judge_cobol import Compiler


@pytest.fixture(scope="session")
def compiler() -> Compiler:
    return Compiler.found()
