"""The list of planted faults is up to date; `make faults` plants them."""

from pathlib import Path

import pytest

from tests.faults import FAULTS, ROOT, Fault


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.what for fault in FAULTS])
def test_each_fault_has_its_place(fault: Fault) -> None:
    source = (ROOT / fault.file).read_text("utf-8")
    assert source.count(fault.old) == 1
    assert fault.new != fault.old
    if fault.tests != "lint-imports":
        assert all(Path(ROOT / part).exists() for part in fault.tests.split() if part.startswith("tests/"))
