from pathlib import Path

import pytest

HEAD = "---\nid: adverts\ntitle: Adverts\nversion: 1.0.0\nlanguage: en\n---\n"
CLAUSE = "## Violates\n### AD1 Adverts\nPromotes a thing.\n"


@pytest.fixture
def folder(tmp_path):
    """Writes files below a new folder and gives the folder: `folder({"a/policy.md": "..."})`."""

    def write(files: dict[str, str | bytes]) -> Path:
        for name, content in files.items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return tmp_path

    return write
