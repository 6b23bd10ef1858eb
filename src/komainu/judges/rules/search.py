"""Where a text matches the exact rules of a rulebook."""

import hashlib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from komainu.judges.rules.compiled import Compiled, Form
from komainu.judges.rules.disguise import SHORTEST, disguised, is_mail_address, is_whole, is_whole_disguise
from komainu.judges.rules.folding import LOOKALIKES
from komainu.judges.rules.loose import joined, may_be_disguised, skeleton
from komainu.judges.rules.views import View, exact_views, legible

Stretch = tuple[int, int]  # start and end in the text as it arrived
Find = tuple[int, int, int]  # number of a rule, start and end
REACH = 40  # characters looked at on either side to tell which script a text is written in


def search(text: str, compiled: Compiled) -> Mapping[int, set[Stretch]]:
    """For each rule that matches, by number, the stretches of `text` that it matches."""
    found: dict[int, set[Stretch]] = defaultdict(set)
    if not text:
        return found
    readable = legible(text)
    for rule, start, end in _all_finds(text, readable, compiled):
        found[rule].add((start, end))
    return found


def with_marks(text: str, end: int) -> int:
    """`end`, moved past the accents and voicing marks that belong to the character before it."""
    while end < len(text) and (unicodedata.category(text[end]).startswith("M") or text[end] in "ﾞﾟ゛゜"):
        end += 1
    return end


def _all_finds(text: str, readable: str, compiled: Compiled) -> Iterator[Find]:
    plain, latin = exact_views(readable)
    yield from _hash_finds(text, compiled)
    yield from compiled.patterns.find(readable)
    if plain.text != readable:
        yield from _placed(plain, compiled.patterns.find(plain.text))
    for find in _placed(plain, _phrases(plain, compiled)):
        if _is_meant(readable, find, compiled):
            yield find
    for find in _doubtful(plain, latin, compiled):
        if _is_meant(readable, find, compiled):
            yield find


def _hash_finds(text: str, compiled: Compiled) -> Iterator[Find]:
    if compiled.hashes:
        name = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        yield from ((rule, 0, len(text)) for rule in compiled.hashes.get(name, ()))


def _doubtful(plain: View, latin: View, compiled: Compiled) -> Iterator[Find]:
    """What the lookalike and the loose view show, where they show more than the view before."""
    if latin is not plain:
        finds = chain(compiled.patterns.find(latin.text), _phrases(latin, compiled))
        yield from _placed(latin, (find for find in finds if find[2] - find[1] >= SHORTEST))
    if may_be_disguised(latin.text):
        yield from _placed(latin, _disguises(latin.text, compiled))


def _placed(view: View, finds: Iterable[Find]) -> Iterator[Find]:
    return ((rule, *view.stretch(start, end)) for rule, start, end in finds)


def _phrases(view: View, compiled: Compiled) -> Iterator[Find]:
    for string, start, end in compiled.exact.find(view.text):
        if is_whole(view.text, start, end):
            for rule in compiled.exact_rules[string]:
                yield rule, start, end


def _disguises(text: str, compiled: Compiled) -> Iterator[Find]:
    """Phrases disguised in a lookalike text."""
    together = joined(text)
    shown = skeleton(together.text)
    for string, first, last in compiled.loose.find(shown.text):
        for form in compiled.loose_forms[string]:
            place = _disguise(text, together, shown.origin[first], shown.origin[last], form)
            if place is not None:
                yield form.rule, *place


def _disguise(text: str, together: View, start: int, end: int, form: Form) -> Stretch | None:
    """Where in the lookalike text the phrase stands; None where the loose view was only similar."""
    inside = disguised(together.text[start:end], form.text, spaced=form.spaced)
    if inside is None:
        return None
    length = inside[1] - inside[0]
    start, end = together.stretch(start + inside[0], start + inside[1])
    if not form.spaced and end - start < 2 * length - 1:  # its letters were not set apart
        return None
    whole = is_whole_disguise(text, start, end) and not is_mail_address(text, start, end)
    return (start, end) if whole else None


def _is_meant(text: str, find: Find, compiled: Compiled) -> bool:
    """Whether the stretch is the rule's phrase, not an ordinary word of another script that looks the same.

    Such a word has no letter of the phrase's script. Latin for a phrase of another script, it is never meant; of
    another script for a Latin phrase, it is not where a word next to it has a letter that looks like no Latin one.
    """
    rule, start, end = find
    stretch, written = text[start:end], compiled.rules[rule].written
    if (stretch + written).isascii() or LOOKALIKES.keys().isdisjoint(f"{stretch}{written}{written.casefold()}"):
        return True
    scripts, own = _scripts(stretch), _scripts(written)
    if not scripts or not scripts.isdisjoint(own):
        return True
    if "LATIN" in scripts:
        return False
    around = _word_before(text[max(0, start - REACH) : start]) + _word_after(text[end : end + REACH])
    native = (char for char in around if LOOKALIKES.keys().isdisjoint((char, char.casefold())))
    return scripts.isdisjoint(map(_script, native))


def _scripts(text: str) -> set[str]:
    return {_script(char) for char in text if char.isalpha()}


def _word_before(text: str) -> str:
    return text.rsplit(maxsplit=1)[-1] if text.strip() else ""


def _word_after(text: str) -> str:
    return text.split(maxsplit=1)[0] if text.strip() else ""


def _script(char: str) -> str:
    """The first word of the character's name, which for letters is its script."""
    return unicodedata.name(char, "").partition(" ")[0]
