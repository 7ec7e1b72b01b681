"""The documents, and the code in them."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
ADDING = ROOT / "docs/adding.md"
ARCHITECTURE = ROOT / "docs/architecture.md"
PAGES = [
    *(README, ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md"),
    *sorted((ROOT / "docs").rglob("*.md")),
]


def code(page: Path) -> list[str]:
    """Lines of code blocks, and code within sentences."""
    text = page.read_text()
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.S | re.M))
    return [line for block in blocks for line in block.splitlines()] + spans


def example_sources() -> list[tuple[str, str]]:
    """Path and source of each example of docs/adding.md; the path stands in the first line."""
    blocks = re.findall(r"^```python\n# (\S+)\n(.*?)^```", ADDING.read_text(), re.S | re.M)
    return [(path, source) for path, source in blocks]
