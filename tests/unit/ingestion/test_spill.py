"""What a crawl has met, kept outside of memory, behaves as dict and set do."""

from hypothesis import given
from hypothesis import strategies as st

from ingestion.spill import SpilledMap, SpilledSet

texts = st.text(max_size=8)


@given(st.lists(st.tuples(texts, texts)))
def test_a_map_keeps_the_last_value_and_the_first_order(pairs: list[tuple[str, str]]) -> None:
    kept, wanted = SpilledMap(), dict[str, str]()
    for key, value in pairs:
        kept[key] = wanted[key] = value
    assert list(kept) == list(wanted)
    assert len(kept) == len(wanted)
    assert {key: kept.get(key) for key in wanted} == wanted
    assert "longer than any key" not in kept


def test_a_set_knows_an_empty_text_and_half_a_character() -> None:
    kept = SpilledSet()
    assert "" not in kept
    kept.add("")
    kept.update(["a", "\ud800", "a"])
    assert "" in kept
    assert "\ud800" in kept
    assert "\\ud801" not in kept
    assert len(kept) == 3


def test_more_than_is_read_at_once_comes_in_order() -> None:
    kept = SpilledSet()
    kept.update(str(number) for number in range(2_500))
    assert list(kept) == [str(number) for number in range(2_500)]


@given(st.lists(texts), st.sets(texts))
def test_what_is_taken_out_comes_once_and_in_order(keys: list[str], dropped: set[str]) -> None:
    kept = SpilledMap()
    for number, key in enumerate(keys):
        kept[key] = str(number)
    for key in dropped:
        del kept[key]
    wanted = {key: str(number) for number, key in enumerate(keys)}
    left = [(key, wanted[key]) for key in dict.fromkeys(keys) if key not in dropped]
    assert list(kept.items()) == left
    assert list(iter(kept.pop_first, None)) == left
    assert len(kept) == 0
