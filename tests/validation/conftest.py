from __future__ import annotations

import ast
from pathlib import Path

import pytest

import validation
from interfaces.catalogue import load_catalogue


@pytest.fixture(scope="session")
def validation_codes() -> set[str]:
    """Codes that stand as constants in the source of the validation room."""
    catalogue = load_catalogue()
    return {
        node.value
        for path in Path(validation.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value in catalogue
    }
