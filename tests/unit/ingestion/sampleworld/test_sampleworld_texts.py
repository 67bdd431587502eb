"""The world's texts and numbers, without a server."""

import re
from collections import Counter
from collections.abc import Iterator

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.formats import kinds
from ingestion.sampleworld import documents, genesis, papers, vocabulary
from ingestion.sampleworld.agenda import consultations, items
from ingestion.sampleworld.council import Council
from ingestion.sampleworld.dice import Dice, count
from ingestion.sampleworld.faults import Fault, Faults

CITIES = ("mainz", "trier", "koblenz", "ludwigshafen", "musterstadt")


def council(city: str = "mainz", count: int = 40, *faults: str, seed: int = 1) -> Council:
    return Council(city, seed=seed, papers=count, faults=Faults(faults))


def text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document)


@pytest.mark.parametrize("city", CITIES)
def test_every_text_is_whole_and_different(city: str) -> None:
    of = council(city, 200)
    seen = set()
    for index in range(of.paper_count):
        made = papers.paper(of, index)
        written = papers.sections(of, made)
        text = f"{made.title} {written}"
        assert "{" not in text
        assert " | " not in text
        seen.add(str(written))
    assert len(seen) == of.paper_count


@pytest.mark.parametrize("city", CITIES)
def test_forty_papers_span_fifteen_topics(city: str) -> None:
    of = council(city)
    assert len({papers.paper(of, index).topic for index in range(40)}) >= 15
    assert len(vocabulary.topics()) >= 20


@given(st.integers(20, 3000), st.integers(0, 99))
def test_papers_and_meetings_find_each_other(count: int, seed: int) -> None:
    of = council("koblenz", count, seed=seed)
    index = seed * 31 % count
    home = of.home(index)
    assert index in of.papers_of(home)
    assert home.is_published
    later = of.forwarded(index)
    assert later is None or index in of.papers_of(later)


def test_every_paper_is_on_exactly_one_agenda_first() -> None:
    of = council("trier", 333)
    first = [index for meeting in of.meetings for index in of.own_papers(meeting)]
    assert sorted(first) == list(range(333))


def test_references_and_ids_are_unique() -> None:
    for city in CITIES:
        of = council(city, 500)
        made = [papers.paper(of, index) for index in range(500)]
        assert max(Counter(each.reference for each in made).values()) == 1
        agenda = [item.id for meeting in of.meetings for item in items(of, meeting)]
        assert len(agenda) == len(set(agenda))


def test_votes_never_exceed_the_members() -> None:
    of = council("mainz", 200)
    voted = 0
    for meeting in of.meetings:
        for item in items(of, meeting):
            assert meeting.is_held or item.result is None
            if item.vote:
                voted += 1
                total = item.vote.yes + item.vote.no + item.vote.abstained
                assert min(item.vote.yes, item.vote.no, item.vote.abstained) >= 0
                assert 0 < total <= meeting.body.members
                assert ("abgelehnt" in (item.result or "")) == (item.vote.no > item.vote.yes)
    assert voted > 20


def test_a_way_ends_with_the_decision() -> None:
    of = council("koblenz", 120)
    ways = [consultations(of, papers.paper(of, index)) for index in range(120)]
    assert all(ways)
    assert any(len(way) == 2 for way in ways)
    assert all(way[-1][2] != "Vorberatung" for way in ways)


def test_one_meeting_is_cancelled_and_the_window_reaches_ahead() -> None:
    for city in CITIES:
        of = council(city)
        assert sum(each.is_cancelled for each in of.meetings) == 1
        dates = [each.date for each in of.meetings]
        assert (of.today - min(dates)).days > 330
        assert (max(dates) - of.today).days > 45
        assert all(each.weekday() < 4 for each in dates)


def test_a_cost_estimate_adds_up() -> None:
    of = council("mainz", 100)
    checked = 0
    for index in range(100):
        made = papers.paper(of, index)
        if not any(each.number == 1 for each in papers.attachments(of, made)):
            continue
        rows = papers.attachment_text(of, made, 1)[0].rows
        numbers = [int(re.sub(r"\D", "", value)) for _, value in rows]
        assert sum(numbers[:-1]) == numbers[-1]
        assert rows[-1][1] == made.slots["betrag"]
        checked += 1
    assert checked > 5


def test_pdfs_have_text_umlauts_mark_and_page_numbers() -> None:
    of = council("mainz")
    made = papers.paper(of, 0)
    pdf = documents.content(of, papers.file_id(of, 0, 0))
    assert pdf is not None
    text = text_of(pdf)
    assert papers.MARK in text
    assert made.reference in text
    assert "Seite 1" in text
    assert re.search("[äöüß]", text)


def test_the_scan_has_no_text_layer() -> None:
    for city in CITIES:
        of = council(city)
        index = papers.scanned_paper(of)
        pdf = documents.content(of, papers.file_id(of, index, 3))
        assert pdf is not None
        assert text_of(pdf).strip() == ""


def test_a_picture_and_a_web_page_hang_on_the_scans_paper() -> None:
    of = council()
    index = papers.scanned_paper(of)
    endings = {each.number: each.ending for each in papers.attachments(of, papers.paper(of, index))}
    assert (endings[3], endings[4], endings[5]) == ("pdf", "png", "html")
    for number, mime_type in ((4, "image/png"), (5, kinds.HTML)):
        body = documents.content(of, papers.file_id(of, index, number))
        assert body is not None
        assert kinds.sniff(body) == mime_type
        assert body == documents.content(council(), papers.file_id(of, index, number))


def test_equal_seeds_give_equal_bytes_and_other_seeds_others() -> None:
    one, two, other = council(), council(), council(seed=2)
    ids = [papers.file_id(one, index, 0) for index in (0, 7)]
    ids += [papers.file_id(one, papers.scanned_paper(one), 3), 2_000_000 + 5 * 4]
    documents._printed.cache_clear()
    first = [documents.content(one, each) for each in ids]
    documents._printed.cache_clear()
    assert first == [documents.content(two, each) for each in ids]
    assert first[0] != documents.content(other, ids[0])


def test_the_closed_document_bears_its_canary() -> None:
    of = council()
    leaking = [each for each in of.meetings if documents.leaks(each)]
    assert len(leaking) == 1
    pdf = documents.content(of, documents.closed_file(of, leaking[0]))
    assert papers.CLOSED_CANARY in text_of(pdf or b"")


def test_faults_hit_different_papers_and_change_only_theirs() -> None:
    of, plain = council(), council()
    hit = [of.target(fault) for fault in (Fault.CHANGED, Fault.WITHDRAWN, Fault.PRIVATE_DATA)]
    assert len(set(hit)) == 3
    for fault in (Fault.CHANGED, Fault.WITHDRAWN, Fault.PRIVATE_DATA):
        of.faults.on(fault)
    changed = papers.paper(of, hit[0])
    assert changed.title.endswith("(Neufassung)")
    assert papers.sections(of, changed) != papers.sections(plain, papers.paper(plain, hit[0]))
    assert documents.content(of, papers.file_id(of, hit[1], 0)) is None
    private = text_of(documents.content(of, papers.file_id(of, hit[2], 0)) or b"")
    assert "korbinian.zwetschgenbaum@example.org" in private
    for index in set(range(40)) - set(hit):
        if of.kind(index) != "Nachtrag":
            assert papers.paper(of, index) == papers.paper(plain, index)


def test_a_new_meeting_brings_its_own_papers() -> None:
    of = council("mainz", 40, "new_meeting@mainz")
    assert of.paper_count == 42
    special = of.meetings[-1]
    assert special in of.month(special.date.year, special.date.month)
    found = [item.paper.index for item in items(of, special) if item.paper]
    assert sorted(found) == [40, 41]
    assert council("trier", 40, "new_meeting@mainz").paper_count == 40


def test_an_unknown_fault_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'flood'.*truncated_pdf"):
        Faults(["flood"])


def test_the_size_has_limits() -> None:
    with pytest.raises(ValueError, match="20 to 100000"):
        council("mainz", 19)


def test_a_big_council_is_laid_out_lazily() -> None:
    of = council("mainz", 100_000)
    last = of.paper_count - 1
    assert last in of.papers_of(of.home(last))
    assert papers.paper(of, last).title
    assert items(of, of.home(50_000))


def test_the_statistics_know_both_truths_of_trier() -> None:
    def total(on: str, date: str) -> int:
        day = genesis.dt.date.fromisoformat(on)
        return next(
            int(each.value)
            for each in genesis.state(day, genesis.TABLE)
            if each.region == "07211" and each.time == date and each.members == ("",)
        )

    assert total("2024-12-04", "2023-12-31") == 112_737
    assert total("2026-03-10", "2023-12-31") == 103_986
    assert total("2026-03-10", "2024-12-31") == 104_342


def test_what_rests_on_the_census_of_2011_goes_with_the_first_figure_on_that_of_2022() -> None:
    def days(on: genesis.dt.date) -> set[str]:
        return {each.time for each in genesis.state(on, genesis.TABLE)}

    assert days(genesis.dt.date(2024, 12, 4)) == {"2022-12-31", "2023-12-31"}
    assert days(genesis.dt.date(2025, 4, 12)) == {"2023-12-31"}
    assert days(genesis.dt.date(2026, 3, 10)) == {"2023-12-31", "2024-12-31"}


def test_men_and_women_are_all() -> None:
    parts: Counter[tuple[str, str, str]] = Counter()
    for each in genesis.figures():
        if each.table == genesis.TABLE:
            sign = 1 if each.members != ("",) else -1
            parts[each.region, each.time, str(each.vintage)] += sign * int(each.value)
    assert len(parts) == 16
    assert set(parts.values()) == {0}


def test_chance_is_stable() -> None:
    dice = Dice(1, "mainz", "paper", 0)
    assert [dice.number(0, 99) for _ in range(5)] == [
        Dice(1, "mainz", "paper", 0).number(0, 99),
        *[_skipped(place) for place in range(1, 5)],
    ]


def _skipped(place: int) -> int:
    dice = Dice(1, "mainz", "paper", 0)
    for _ in range(place):
        dice.number(0, 99)
    return dice.number(0, 99)


def _spoken() -> Iterator[tuple[str, set[str]]]:
    """Every sentence with a number that may be one, and those numbers' names."""
    for topic in vocabulary.topics().values():
        shared = [*topic.why, *topic.climate]
        for subject in topic.subjects:
            single = {
                name for name, rule in subject.slots.items() if rule.split()[:2] == ["int", "1"]
            }
            own = (subject.title, *subject.lage, *subject.plan, *subject.beschluss, *subject.fragen)
            for choice in (*shared, *own):
                for sentence in choice:
                    if names := single & set(re.findall(r"{(\w+)}", sentence)):
                        yield sentence, names


def test_a_number_that_may_be_one_agrees_with_its_noun() -> None:
    """The word that agrees is chosen by the number; a form such as "1 Minuten" is none."""
    spoken = list(_spoken())
    assert len(spoken) >= 5
    for sentence, names in spoken:
        for name in names:
            assert re.search(rf"{{{name}:[\w ]+/[\w ]+}}", sentence), sentence


def test_a_number_chooses_its_word() -> None:
    one, three = count(1), count(3)
    assert f"{one} {one:Minute/Minuten}" == "1 Minute"
    assert f"{three} {three:Minute/Minuten}" == "3 Minuten"
    assert f"{count(1000)} {count(1000):Vorgang/Vorgänge}" == "1.000 Vorgänge"


def test_minutes_count_a_single_vote_as_one() -> None:
    of = council("mainz", 200)
    found = Counter[str]()
    for meeting in of.meetings:
        for section in documents._minutes(list(items(of, meeting))):
            found.update(re.findall(r"\b1 (\S+-Stimmen?|Enthaltung(?:en)?)\b", str(section)))
    assert found["Nein-Stimme"]
    assert found["Enthaltung"]
    assert not found.keys() & {"Nein-Stimmen", "Ja-Stimmen", "Enthaltungen"}
