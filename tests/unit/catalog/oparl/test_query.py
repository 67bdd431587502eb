"""What clients ask of a list, in all the forms in which they write it."""

import datetime as dt
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.oparl.query import DEFAULT_LIMIT, FILTERS, MOST, ListQuery, QueryError, list_query

PATH = "https://daten.example/oparl/v1.1/body/mainz/paper"
_MOMENTS = st.integers(-2_000_000_000, 7_000_000_000).map(
    lambda at: dt.datetime.fromtimestamp(at, dt.UTC)
)


@given(
    st.builds(
        ListQuery,
        limit=st.integers(1, MOST),
        after=st.text(
            st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=99
        ),
        filters=st.dictionaries(st.sampled_from(sorted(FILTERS)), _MOMENTS),
        omit_internal=st.booleans(),
    )
)
def test_a_link_asks_the_same_question_again(query):
    url = query.url(PATH)
    assert list_query(dict(parse_qsl(urlsplit(url).query))) == query


def test_the_first_page_needs_no_parameters():
    assert list_query({}) == ListQuery()
    assert ListQuery().url(PATH) == PATH
    assert list_query({"limit": "", "after": "", "created_since": "", "page": "9"}) == ListQuery()


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-31T07:00:00Z",
        "2026-01-31T07:00:00+00:00",
        "2026-01-31T08:00:00+01:00",
        "2026-01-31T08:00:00 01:00",  # a plus sign that was not encoded
        "2026-01-31T08:00:00+0100",
        "2026-01-31T07:00:00.000000Z",
        "2026-01-31T08:00:00",  # without an offset it is Berlin's
        "2026-01-31 08:00:00",
    ],
)
def test_moments_are_read_in_every_form_that_clients_send(text):
    moment = dt.datetime(2026, 1, 31, 7, tzinfo=dt.UTC)
    assert list_query({"modified_since": text}).filters == {"modified_since": moment}


def test_a_day_is_its_midnight_in_berlin():
    told = list_query({"created_until": "2026-07-01"}).filters["created_until"]
    assert told == dt.datetime(2026, 6, 30, 22, tzinfo=dt.UTC)


@pytest.mark.parametrize(("limit", "given"), [("1", 1), ("100", 100), ("999999", MOST)])
def test_a_limit_is_a_wish(limit, given):
    assert list_query({"limit": limit}).limit == given
    assert list_query({}).limit == DEFAULT_LIMIT


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("limit", "0"),
        ("limit", "-1"),
        ("limit", "1e3"),
        ("limit", "²"),
        ("limit", "9" * 5000),
        ("after", "%%%"),
        ("after", "AA"),  # a zero byte
        ("after", "A" * 9000),
        ("modified_since", "gestern"),
        ("modified_since", "2026-13-01T00:00:00Z"),
        ("modified_since", "0001-01-01T00:00:00+14:00"),
        ("modified_since", "9999-12-31T23:59:59-14:00"),
        ("created_since", "20260131"),
        ("created_until", "'; DROP TABLE paper"),
        ("omit_internal", "yes"),
    ],
)
def test_what_cannot_be_used_is_named_with_the_mend(name, text):
    with pytest.raises(QueryError) as refused:
        list_query({name: text})
    assert refused.value.parameter == name
    assert str(refused.value).startswith(f"{name}: ")
    assert " → " in str(refused.value)
    assert len(str(refused.value)) < 200
    assert refused.value.mend.startswith(f"{name}: ")


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({}, False),
        ({"created_since": "2026-01-01"}, False),
        ({"modified_since": "2026-01-01"}, True),
        ({"modified_until": "2026-01-01"}, True),
    ],
)
def test_deleted_objects_are_told_to_whoever_asks_for_changes(params, told):
    assert list_query(params).with_deleted is told
