from functools import partial

import pytest

from komainu.store import open_store
from komainu.store.checks import CHECKS, Check


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
async def test_a_store_keeps_its_promises(check: Check, store_url: str) -> None:
    await check(partial(open_store, store_url))
