"""The values that a paper's sentences name: streets, dates, amounts, each drawn once."""

import datetime as dt

from ingestion.sampleworld.bodies import Meeting
from ingestion.sampleworld.council import Council
from ingestion.sampleworld.dice import Dice, add_months, count, day, euro, long_day, month
from ingestion.sampleworld.vocabulary import Subject, common


def slots_of(
    council: Council, home: Meeting, subject: Subject, dice: Dice, version: int
) -> dict[str, str]:
    """One value for every slot, so that a paper says the same thing wherever it says it."""
    place = council.town
    district = home.body.district or dice.pick(tuple(place.districts))
    streets = list(place.districts[district])
    street = dice.pick(streets)
    other = dice.pick([each for each in streets if each != street])
    factions = dice.some(place.factions, 2)
    filled = {
        "stadt": place.name,
        "stadtteil": district,
        "strasse": street,
        "strasse2": other,
        "platz": dice.pick(place.places),
        "park": dice.pick(place.parks),
        "schule": dice.pick(place.schools),
        "halle": dice.pick(place.halls),
        "buehne": dice.pick(place.stages),
        "fraktion": factions[0],
        "fraktion2": factions[1],
        "planer": dice.pick(common().planners),
        **place.companies,
    }
    dice = dice if version == 1 else council.dice("redrawn", home.index, version)
    filled |= _times(home.date, dice)
    filled |= {
        "aufschlag": str(dice.number(8, 34)),
        "gaeste": str(dice.number(14, 130)),
        "buchung": f"{dice.number(1110, 5730, 10)}-{dice.number(96, 990):04d}",
    }
    amount = dice.number(20_000, 400_000, 1_000)
    for name, rule in subject.slots.items():
        kind, _, rest = rule.partition(" ")
        if kind == "of:":
            filled[name] = dice.pick([each.strip() for each in rest.split(";")])
            continue
        number = dice.number(*(int(part) for part in rest.split()))
        if name == "betrag":
            amount = number
        else:
            filled[name] = euro(number) if kind == "eur" else count(number)
    return filled | money(amount, dice)


def _times(date: dt.date, dice: Dice) -> dict[str, str]:
    begin = add_months(date, dice.number(3, 9))
    return {
        "jahr": str(date.year),
        "vorjahr": str(date.year - 1),
        "naechstes": str(date.year + 1),
        "uebernaechstes": str(date.year + 2),
        "beginn": month(begin),
        "ende": month(add_months(begin, dice.number(4, 16))),
        "frist": long_day(add_months(date, dice.number(3, 8)) - dt.timedelta(days=1)),
        "zuvor": day(date - dt.timedelta(days=dice.number(30, 330))),
    }


def money(amount: int, dice: Dice) -> dict[str, str]:
    """A total in Euro with its grant, the city's share and the yearly follow-up costs."""
    share = dice.number(40, 85, 5)
    granted = amount * share // 100
    return {
        "betrag": euro(amount),
        "quote": str(share),
        "foerderung": euro(granted),
        "eigenanteil": euro(amount - granted),
        "folge": euro(max(500, amount * dice.number(2, 6) // 100 // 100 * 100)),
    }
