import asyncio
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from komainu.store import Checkpoint, LedgerFault, open_store
from komainu.store.samples import CLAUSES, sample, sample_label, sample_review
from komainu.store.verify import Verifier
from tests.store.tampering import cut, direct, forge, rewrite, sql, swap

ENTRIES = 9
Change = Callable[[Connection], None]


async def _fill(url: str) -> Checkpoint:
    """Entries 1 to 6 are decisions (1 and 4 on the same content; 2 holds), 7 reviews 2, 8 labels it, 9 forgets 3."""
    store = await open_store(url)
    samples = [sample(number, opened=CLAUSES if number == 2 else ()) for number in range(1, 7)]
    samples[3] = replace(samples[3][0], content=samples[0][1].digest), samples[0][1]
    for one in samples:
        await store.record(*one)
    held, content = samples[1]
    await store.add_review(sample_review("review-7", held, *CLAUSES), [sample_label("label-8", content.digest)])
    assert await store.forget(samples[2][1].digest)
    head = await store.head()
    assert head.entries == ENTRIES
    await store.close()
    return head


async def _faults(url: str, expected: Checkpoint | None = None) -> tuple[LedgerFault, ...]:
    store = await open_store(url)
    found = await store.verify(expected=expected)
    await store.close()
    return found.faults


Found = tuple[int, str, str]  # entry, id, part of the problem

UNSPOKEN = (3, "decision-3", "missing and was not forgotten: words and content")  # entry 9 says that it was
NEW_END = (9, "", "another end")

ENTRY_CHANGES: dict[str, tuple[Change, list[Found]]] = {
    "an action": (rewrite(5, '"allow"', '"block"'), [(5, "decision-5", "edited")]),
    "a probability": (rewrite(1, "0.0625", "0.0626"), [(1, "decision-1", "edited")]),
    "the last entry": (rewrite(9, "forgotten", "forgottem"), [UNSPOKEN, (9, "", "edited")]),
    "a hash": (
        sql(f"UPDATE ledger SET hash = '{'f' * 64}' WHERE seq = 5"),
        [(5, "decision-5", "edited"), (6, "decision-6", "continue")],
    ),
    "an entry and its hash": (
        rewrite(5, "0.0625", "0.0626", hashed=True),
        [(6, "decision-6", "does not continue the one before")],
    ),
    "the last entry and its hash": (rewrite(9, "Z", "Y", hashed=True), [NEW_END]),
    "an entry, its hash and its meaning": (
        rewrite(5, '"allow"', '"block"', hashed=True),
        [(5, "decision-5", "table decisions"), (6, "decision-6", "continue")],
    ),
    "spaces": (rewrite(9, '{"body"', '{ "body"', hashed=True), [UNSPOKEN, (9, "", "canonical"), NEW_END]),
    "no JSON": (rewrite(9, "{", "[", hashed=True), [UNSPOKEN, (9, "", "cannot be read"), NEW_END]),
    "a lack": (rewrite(9, '"content"', '"contemt"', hashed=True), [UNSPOKEN, (9, "", "cannot be read"), NEW_END]),
    "the first entry removed": (cut(1, 1), [(1, "", "missing")]),
    "a middle entry removed": (sql("DELETE FROM ledger WHERE seq = 5"), [(5, "decision-5", "missing")]),
    "several entries removed": (cut(4, 6), [(4, "", "entries 4 to 6 are missing")]),
    "the newest entry removed": (cut(9, 9), [UNSPOKEN, (9, "", "missing")]),
    "the newest entries removed": (
        sql("DELETE FROM ledger WHERE seq >= 8"),
        [UNSPOKEN, (8, "", "entries 8 to 9 are missing")],
    ),
    "all entries removed": (cut(1, 9), [(1, "", "entries 1 to 9 are missing")]),
    "entries swapped": (swap(5, 6), [(5, "decision-6", "wrong place"), (6, "decision-5", "wrong place")]),
    "another id": (
        sql("UPDATE ledger SET id = 'other' WHERE seq = 5"),
        [(5, "other", "wrong place: it calls itself decision decision-5")],
    ),
    "an entry before the first": (
        sql("INSERT INTO ledger SELECT 0, kind, 'zero', entry, hash FROM ledger WHERE seq = 1"),
        [(0, "zero", "wrong place")],
    ),
    "an entry behind the head": (
        sql("INSERT INTO ledger SELECT 10, kind, 'ten', entry, hash FROM ledger WHERE seq = 1"),
        [(10, "ten", "wrong place"), (10, "", "another end")],
    ),
    "the head": (sql("UPDATE ledger_head SET entries = 8"), [NEW_END]),
    "no head": (sql("DELETE FROM ledger_head"), [(9, "", "head of the ledger (table ledger_head) is missing")]),
}

ROW_CHANGES: dict[str, tuple[Change, list[Found]]] = {
    "a decision": (sql("UPDATE decisions SET action = 3 WHERE seq = 5"), [(5, "decision-5", "table decisions")]),
    "a decision called golden": (
        sql("INSERT INTO golden VALUES (2)"),
        [(2, "decision-2", "table golden")],
    ),
    "a decision removed": (sql("DELETE FROM decisions WHERE seq = 6"), [(6, "decision-6", "table decisions")]),
    "a clause that holds": (
        sql("UPDATE decisions SET holding = 0 WHERE seq = 2"),
        [(2, "decision-2", "table decisions")],
    ),
    "a review": (sql("UPDATE reviews SET decision = 1"), [(7, "review-7", "table reviews")]),
    "a ruled clause": (
        sql("UPDATE ruled_clauses SET clause = 'spam/SP1' WHERE place = 1"),
        [(7, "review-7", "table ruled_clauses")],
    ),
    "what was ruled": (
        sql("UPDATE ruled_clauses SET violated = 1 WHERE place = 1"),
        [(7, "review-7", "table ruled_clauses")],
    ),
    "a label": (sql("UPDATE labels SET content = 'other'"), [(8, "label-8", "table labels")]),
    "an invented label": (sql("INSERT INTO labels VALUES (1, 'c', 'c')"), [(1, "decision-1", "table labels")]),
    "a label behind the end": (sql("INSERT INTO labels VALUES (44, 'c', 'c')"), [(44, "", "labels has a row")]),
}

TEXT_CHANGES: dict[str, tuple[Change, list[Found]]] = {
    "a rationale": (
        sql("UPDATE words SET body = replace(body, 'slow', 'fast') WHERE seq = 2"),
        [(2, "decision-2", "words (rationales, details or note) were edited")],
    ),
    "a note": (
        sql("UPDATE words SET body = replace(body, 'shops', 'cheats') WHERE seq = 7"),
        [(7, "review-7", "words (rationales, details or note) were edited")],
    ),
    "whose words they are": (
        sql("UPDATE words SET content = 'other' WHERE seq = 2"),
        [(2, "decision-2", "words (rationales, details or note) were edited")],
    ),
    "words removed": (sql("DELETE FROM words WHERE seq = 2"), [(2, "decision-2", "not forgotten: words")]),
    "words invented": (sql("INSERT INTO words VALUES (8, 'c', '[]')"), [(8, "label-8", "not recorded with it")]),
    "a content": (
        sql("UPDATE contents SET body = replace(body, 'Sample 5', 'Sample 8')"),
        [(5, "decision-5", "content was edited")],
    ),
    "a content damaged": (
        sql("UPDATE contents SET body = '{' WHERE body LIKE '%Sample 6%'"),
        [(6, "decision-6", "content was edited")],
    ),
    "a content removed": (
        sql("DELETE FROM contents WHERE body LIKE '%Sample 1%'"),
        [(1, "decision-1", "not forgotten: content"), (4, "decision-4", "not forgotten: content")],
    ),
}

CHANGES = [
    pytest.param(*change, id=name)
    for name, change in {
        **ENTRY_CHANGES,
        **{f"row: {name}": change for name, change in ROW_CHANGES.items()},
        **{f"text: {name}": change for name, change in TEXT_CHANGES.items()},
    }.items()
]


async def test_a_record_that_nobody_touched_has_no_fault(store_url: str) -> None:
    head = await _fill(store_url)
    assert await _faults(store_url, expected=head) == ()


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def filled_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A record that is only changed in transactions that are undone."""
    folder = tmp_path_factory.mktemp("filled")
    sqlite = request.param == "sqlite"
    url: str = f"sqlite:///{folder}/komainu.db" if sqlite else request.getfixturevalue("postgres_server").new_url()
    asyncio.run(_fill(url))
    return url


@pytest.mark.parametrize(("change", "expected"), CHANGES)
def test_a_change_is_found_where_it_was_made(filled_url: str, change: Change, expected: list[Found]) -> None:
    with direct(filled_url) as connection:
        change(connection)
        faults = verified(connection)
        connection.rollback()
    assert len(faults) == len(expected), faults
    for fault, (entry, decision_id, problem) in zip(faults, expected, strict=True):
        assert fault.entry == entry, faults
        assert problem in fault.problem
        assert decision_id in ("", fault.id)


async def test_a_ledger_made_anew_is_found_by_a_checkpoint_kept_elsewhere(store_url: str) -> None:
    head = await _fill(store_url)
    with direct(store_url) as connection:
        forge(5, "0.0625", "0.0001")(connection)
    assert await _faults(store_url) == ()
    assert [(fault.entry, fault.problem) for fault in await _faults(store_url, expected=head)] == [
        (ENTRIES, "the entry is another one than the checkpoint names")
    ]


async def test_what_was_forgotten_once_is_missed_when_it_is_recorded_again_and_goes(store_url: str) -> None:
    await _fill(store_url)
    store = await open_store(store_url)
    decision, content = sample(3)
    await store.record(replace(decision, id="again"), content)
    await store.close()
    with direct(store_url) as connection:
        sql("DELETE FROM contents WHERE body LIKE '%Sample 3%'")(connection)
    assert [(fault.entry, fault.id) for fault in await _faults(store_url)] == [(10, "again")]


async def test_a_long_ledger_is_walked_to_its_end_after_a_fault(store_url: str) -> None:
    store = await open_store(store_url)
    await store.add_labels([sample_label(f"label-{number}", "content") for number in range(1, 1101)])
    with direct(store_url) as connection:
        rewrite(1, "false", "true")(connection)
        cut(600, 600)(connection)
        rewrite(1100, "false", "true")(connection)
    seen: list[tuple[int, int]] = []
    found = await store.verify(progress=lambda done, total: seen.append((done, total)))
    assert [(fault.entry, fault.id) for fault in found.faults] == [(1, "label-1"), (600, ""), (1100, "label-1100")]
    assert found.head.entries == 1100
    assert seen == [(500, 1100), (1000, 1100), (1099, 1100)]
    await store.close()


async def test_bytes_changed_in_the_file_are_found(tmp_path: Path) -> None:
    file = tmp_path / "komainu.db"
    await _fill(str(file))
    raw = file.read_bytes()
    for damaged in (b"decision-X", b"decision\xff5"):
        place = raw.index(b'"id":"decision-5"') + len(b'"id":"')
        file.write_bytes(raw[:place] + damaged + raw[place + len(damaged) :])
        assert [(fault.entry, fault.id) for fault in await _faults(str(file))] == [(5, "decision-5")]


def test_no_single_character_of_any_entry_can_change_unseen(sqlite_url: str) -> None:
    asyncio.run(_fill(sqlite_url))
    chance = random.Random(1)
    with direct(sqlite_url) as connection:
        entries = {row.seq: row.entry for row in connection.execute(text("SELECT seq, entry FROM ledger"))}
        for seq, entry in entries.items():
            for place in chance.sample(range(len(entry)), 25):
                other = chance.choice([letter for letter in '0aZ"{ 狛\\' if letter != entry[place]])
                _set_entry(connection, seq, entry[:place] + other + entry[place + 1 :])
                assert [fault.entry for fault in verified(connection)] in ([seq], [3, seq])  # entry 9 speaks for 3
            _set_entry(connection, seq, entry)
        assert verified(connection) == ()


def _set_entry(connection: Connection, seq: int, entry: str) -> None:
    connection.execute(text("UPDATE ledger SET entry = :entry WHERE seq = :seq"), {"entry": entry, "seq": seq})


def verified(connection: Connection) -> tuple[LedgerFault, ...]:
    verifier = Verifier(connection, None)
    while verifier.step():
        pass
    return verifier.finish().faults


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"decision":"decision-1","entry":1', '"decision":"decision-2","entry":1', "which is not there"),
        ('"decision":"decision-1","entry":1', '"decision":"nobody","entry":1', "which is not there"),
        ('"holding":["spam/SP1","spam/SP2"]', '"holding":["spam/SP1"]', "settles other clauses"),
        ('"holding":["spam/SP1","spam/SP2"]', '"holding":[]', "settles other clauses"),
    ],
)
async def test_a_succession_that_was_made_up_is_found(sqlite_url: str, old: str, new: str, problem: str) -> None:
    store = await open_store(sqlite_url)
    first, content = sample(1, opened=CLAUSES[:2])
    await store.record(first, content)
    await store.record(*sample(2))
    await store.record(replace(sample(1)[0], id="second", supersedes=first.id), content)
    assert (await store.verify()).faults == ()
    await store.close()
    with direct(sqlite_url) as connection:
        forge(3, old, new)(connection)
    faults = await _faults(sqlite_url)
    assert problem in " ".join(fault.problem for fault in faults if fault.entry == 3)


async def test_a_succession_over_a_ruling_is_found(sqlite_url: str) -> None:
    store = await open_store(sqlite_url)
    first, content = sample(1, opened=CLAUSES[:1])
    await store.record(first, content)
    await store.record(replace(sample(1)[0], id="second", supersedes=first.id), content)
    await store.close()
    with direct(sqlite_url) as connection:  # as if a review had been there before it
        connection.execute(text("INSERT INTO reviews VALUES (0, 1)"))
    assert any("a person had ruled on" in fault.problem for fault in await _faults(sqlite_url))
