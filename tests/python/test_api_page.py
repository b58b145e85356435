"""The reference page is that of the installed module."""

from __future__ import annotations

import factorwal as fw
from api_page import page
from conftest import SOURCE


def test_the_reference_page_is_made_from_the_docstrings_of_today() -> None:
    """scripts/make_python_api makes it anew."""
    assert (SOURCE / "docs/python_api.md").read_text() == page()


def test_every_public_name_is_on_the_page() -> None:
    text = page()
    for name in fw.__all__:
        assert f"### {name}\n" in text or f"### {name}(" in text or f"- `{name}`" in text, name
