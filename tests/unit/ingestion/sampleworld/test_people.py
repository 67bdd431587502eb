"""The invented council members: the same for the same seed, and everybody somewhere."""

import pytest

from ingestion.sampleworld.council import Council
from ingestion.sampleworld.people import people_of
from ingestion.sampleworld.vocabulary import towns


@pytest.mark.parametrize("city", towns())
def test_every_seat_is_taken_by_somebody_who_is_there(city: str) -> None:
    council = Council(city, seed=1, papers=20)
    people = people_of(council)
    persons = {person.id: person for person in people.persons}
    assert len(persons) == len(people.persons)
    assert len({seat.id for seat in people.seats}) == len(people.seats)
    assert all(persons[seat.person.id] == seat.person for seat in people.seats)
    assert all((seat.body is None) != (seat.faction is None) for seat in people.seats)
    for body in council.bodies:
        seats = people.of_body(body.id)
        assert len(seats) == body.members + (body.kind == "rat")
        assert seats[0].role == "Vorsitz"
        assert len({seat.person.id for seat in seats}) == len(seats)
    for faction in people.factions:
        assert people.of_faction(faction.id)


def test_a_person_is_found_with_all_seats() -> None:
    people = people_of(Council("trier", seed=1, papers=20, id_base=1_000_000))
    mayor = people.persons[0]
    assert people.person(mayor.id) == mayor
    assert mayor.office is not None
    assert people.of_person(mayor.id)[0].role == "Vorsitz"
    assert people.person(1) is None


def test_the_seed_decides() -> None:
    def made(seed: int) -> object:
        return people_of(Council("mainz", seed=seed, papers=20))

    assert made(1) == made(1)
    assert made(1) != made(2)
