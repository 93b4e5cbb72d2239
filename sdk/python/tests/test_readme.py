from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_readme_shows_exactly_the_examples_that_are_run() -> None:
    blocks = re.findall(r"^```python\n(.*?)\n```$", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    *ten_calls, asynchronous, pipeline = blocks
    shown = {"ten_calls.py": "\n\n".join(ten_calls), "asynchronous.py": asynchronous, "pipeline.py": pipeline}
    files = {path.name: path.read_text().rstrip("\n") for path in (ROOT / "examples").glob("*.py")}
    assert shown == files
