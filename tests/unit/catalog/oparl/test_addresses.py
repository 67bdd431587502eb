"""An object's address is made from its id, and gives it back."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.oparl.addresses import LONGEST, Addresses, key_of, object_id

AT = Addresses("https://daten.example/oparl/v1.1")
# What no server's id has, and UTF-8 cannot say.
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300)


@given(_TEXT)
def test_every_id_comes_back_from_its_address(server_id):
    key = key_of(server_id)
    assert re.fullmatch(r"[A-Za-z0-9._~-]+", key)
    assert object_id("mainz", key) == f"mainz:{server_id}"


@given(_TEXT, _TEXT)
def test_two_objects_never_share_an_address(first, second):
    assert (key_of(first) == key_of(second)) == (first == second)


@given(st.text(max_size=60))
def test_one_object_has_one_address_whatever_is_asked(key):
    found = object_id("mainz", key)
    assert found is None or key_of(found.removeprefix("mainz:")) == key


@pytest.mark.parametrize(
    ("city", "key"),
    [
        ("mainz", "~MTA"),  # "10", which reads well as it is
        ("mainz", "~MTA="),
        ("mainz", "~////"),
        ("mainz", "~_w"),  # no UTF-8
        ("mainz", "a/b"),
        ("mainz", ".."),
        ("mainz", ""),
        ("Mainz", "10"),
        ("../x", "10"),
        ("mainz", "~" + "a" * LONGEST),
    ],
)
def test_what_is_no_address_of_ours_is_no_object(city, key):
    assert object_id(city, key) is None


def test_addresses_read_well_where_ids_do():
    assert AT.of("agenda_item", "mainz:100") == f"{AT.base}/agendaItem/mainz/100"
    assert AT.of("body", "mainz:https://ris.example/body/1") == f"{AT.base}/body/mainz"
    url = AT.of("paper", "trier:https://ris.example/paper/7?a=b")
    assert url == f"{AT.base}/paper/trier/~aHR0cHM6Ly9yaXMuZXhhbXBsZS9wYXBlci83P2E9Yg"
    assert AT.of("paper", None) is None
