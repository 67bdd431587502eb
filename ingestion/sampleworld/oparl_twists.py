"""How faults change OParl's objects and pages on their way out (see ``oparl_faults``)."""

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from ingestion.sampleworld.faults import Faults
from ingestion.sampleworld.oparl_faults import OparlFault as F

Thing = dict[str, Any]

CANARIES: Final = (
    "06131 5550136",
    "privat.kanarienvogel@example.invalid",
    "Kanarienvogelweg 36",
    "1936-03-06",
)
"""What must never get into a record: phone, e-mail, street and birthday of invented persons."""
DELETED: Final = 9_999_999
"""Number of the objects that are only there to be deleted."""
LONG: Final = " und so weiter" * 1_500

_HANGING: Final = frozenset({"meeting", "paper", "agendaitem", "consultation", "file"})
_POOR: Final = ("id", "type", "name", "created", "modified", "deleted")
_THIN_LISTS: Final = frozenset({"organization", "person", "meeting", "paper"})
_LISTS_OF_1_1: Final = (
    *("agendaItem", "consultation", "file", "locationList", "legislativeTermList", "membership"),
)
_MANY: Final = ("auxiliaryFile", "organization", "underDirectionOf", "membership", "title")
_ONE: Final = ("mainFile", "invitation", "resultsProtocol")
_MOMENT: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)[+-]\d\d:\d\d")


def kind_of(thing: Mapping[str, Any]) -> str:
    """The OParl type in lower case, e.g. ``agendaitem``; empty for what is no object."""
    return str(thing.get("type", "")).rpartition("/")[2].lower()


class Twists:
    """The faults of one city's objects; which are on is read at every request."""

    def __init__(self, faults: Faults, city: str) -> None:
        """Change nothing until a fault is on."""
        self.faults, self.city = faults, city

    def has(self, fault: F) -> bool:
        """Whether the fault is on here."""
        return self.faults.has(fault, self.city)

    # -- what there is -----------------------------------------------------------------------

    def listed(self, kind: str, numbers: Sequence[int]) -> Sequence[int]:
        """The numbers that a list names, out of those there are."""
        if self.has(F.MASS_DISAPPEARANCE) and kind in _HANGING:
            return []
        if self.has(F.POOR_UNSORTED_LISTS):
            return list(numbers)[::-1]
        if self.has(F.LINKED_NOT_LISTED):
            left_out: dict[str, Callable[[], Sequence[int]]] = {
                "organization": lambda: numbers[:-1],
                "paper": lambda: numbers[:-2],
                "person": lambda: [each for at, each in enumerate(numbers) if at % 5 != 4],  # noqa: PLR2004
            }
            return left_out.get(kind, lambda: numbers)()
        return numbers

    def is_gone(self, kind: str, number: int, last_paper: int) -> bool:
        """Whether an object is not to be had by its URL."""
        if self.has(F.MASS_DISAPPEARANCE) and kind in _HANGING:
            return True
        return self.has(F.LINKED_NOT_LISTED) and (kind, number) == ("paper", last_paper)

    # -- objects -----------------------------------------------------------------------------

    def thing(self, thing: Thing) -> Thing:
        """One object with what is embedded in it, changed by every fault that is on."""
        for fault, change in _OBJECTS.items():
            if self.has(fault):
                thing = _everywhere(thing, change)
        if self.has(F.CYCLES_AND_NO_IDS):
            thing = _in_circles(thing)
        return thing

    def on_list(self, kind: str, thing: Thing) -> Thing:
        """One object of a list."""
        thing = self.thing(thing)
        if self.has(F.POOR_UNSORTED_LISTS) and kind in _THIN_LISTS:
            return {name: value for name, value in thing.items() if name in _POOR}
        return thing

    # -- pages -------------------------------------------------------------------------------

    def page(self, kind: str, page: Thing, query: Mapping[str, str], root: str) -> Any:
        """A list's page; a bare list or a single object where the faults make it one."""
        data, links = page["data"], page["links"]
        extra = self._extra(kind, f"{root}/oparl/{kind}/{DELETED}")
        if extra is not None and "prev" not in links:
            data.insert(0, extra)
        if kind == "bodies":
            return self._bodies(page)
        if kind == "location" and self.has(F.PRIVATE_CONTACT) and "prev" not in links:
            data.insert(0, _home(f"{root}/oparl/location/{DELETED}", f"{root}/oparl/person/1"))
        self._change_links(kind, links, query)
        if self.has(F.LIMIT_TRUNCATES) and "limit" in query:
            links.pop("next", None)
        return data if self.has(F.BARE_LIST) else page

    def _extra(self, kind: str, id_: str) -> Thing | None:
        if self.has(F.DELETED_WITHOUT_TYPE) and kind != "bodies":
            return {"id": id_, "deleted": True, "modified": "2026-01-02T03:04:05+01:00"}
        if self.has(F.PAPERS_IN_DISORDER) and kind == "paper":
            return {"id": id_, "type": "https://schema.oparl.org/1.1/Paper", "deleted": True}
        return None

    def _bodies(self, page: Thing) -> Any:
        (ours,) = page["data"]
        if self.has(F.BODY_IS_ONE_OBJECT):
            return ours
        if self.has(F.AGS_OF_ANY_LENGTH):
            other = {
                name: value.replace("/body/1", "/body/2") if isinstance(value, str) else value
                for name, value in ours.items()
            }
            other |= {"name": "Stadt Nachbarort am See", "ags": "079999980", "rgs": None}
            other["legislativeTerm"] = []
            page["data"] = [other, ours | {"ags": "7999999", "rgs": None}]
        return page

    def _change_links(self, kind: str, links: dict[str, str], query: Mapping[str, str]) -> None:
        following = links.get("next")
        if self.has(F.NEXT_DROPS_FILTER) and following:
            links["next"] = re.sub(r"(?<=[?&])(?:modified|created)_\w+=[^&]*&?", "", following)
        if self.has(F.ENDLESS_NEXT) and kind == "paper" and not following:
            again = int(query.get("n", "0")) + 1
            base = re.sub(r"&n=\d+", "", links["self"])
            links["next"] = f"{base}&n={again}"
        if self.has(F.FOREIGN_NEXT) and kind == "person" and "prev" not in links:
            links["next"] = self.faults.foreign

    # -- bytes -------------------------------------------------------------------------------

    def body(self, body: bytes) -> bytes:
        """The JSON as sent."""
        if self.has(F.CONTROL_CHARACTERS):
            body = body.replace(b'"name":"', b'"name":"\x04\x0b ')
        if self.has(F.CARELESS_FIELDS):
            body = re.sub(rb'/oparl/(\w+)/(\d+)"', rb'/oparl/\1?id=\2"', body)
        return body


def _everywhere(value: Any, change: Callable[[Thing], Thing]) -> Any:
    """The value with every OParl object in it changed, the innermost first."""
    if isinstance(value, list):
        return [_everywhere(each, change) for each in value]
    if not isinstance(value, dict):
        return value
    inner = {name: _everywhere(each, change) for name, each in value.items()}
    return change(inner) if "id" in inner else inner


def _swapped_location(thing: Thing) -> Thing:
    place = thing.get("location")
    if isinstance(place, dict):
        return thing | {"location": place["id"]}
    if kind_of(thing) == "person":
        return thing | {"location": _home(f"{thing['id']}/home", thing["id"])}
    return thing


def _scalars(thing: Thing) -> Thing:
    for name in _MANY:
        if isinstance(thing.get(name), list) and len(thing[name]) == 1:
            thing = thing | {name: thing[name][0]}
    return thing | {name: [thing[name]] for name in _ONE if name in thing}


def _broken_files(thing: Thing) -> Thing:
    if kind_of(thing) != "file":
        return thing
    url = str(thing["accessUrl"])
    broken = (
        f"{url}.eml.pdf"
        if "meeting" in thing
        else url.replace("/oparl/file/", "/oparl/files//rim/")
    )
    return thing | {"accessUrl": broken, "downloadUrl": broken}


def _nameless(thing: Thing) -> Thing:
    kind = kind_of(thing)
    if kind == "organization":
        return thing | {"shortName": " ", "website": "N/A"}
    names: dict[str, Thing] = {"paper": {"name": "N/A"}, "person": {"name": None}}
    return thing | names.get(kind, {})


def _vendor_types(thing: Thing) -> Thing:
    if kind_of(thing) == "organization":
        return thing | {"type": "at" if thing["organizationType"] == "Fraktion" else "gr"}
    if "agendaItem" in thing and kind_of(thing) != "body":
        thing = {**thing, "agendaitem": thing["agendaItem"]}
        del thing["agendaItem"]
    return thing


def _careless(thing: Thing) -> Thing:
    kind = kind_of(thing)
    now = dt.datetime.now(dt.UTC).isoformat()
    made = {name: [None] if value == [] else value for name, value in thing.items()}
    made["modified"] = now
    if kind == "file":
        made |= {
            "mimeType": str(thing["fileName"]).rpartition(".")[2],
            "downloadUrl": "",
            "size": 0,
            "agendaItem": [None],
        }
    if kind == "person":
        made["formOfAdress"] = made.pop("formOfAddress")
    return made


def _reversed_time(thing: Thing) -> Thing:
    if kind_of(thing) != "meeting" or "end" not in thing:
        return thing
    return thing | {"end": f"{thing['start'][:10]}T00:00:00{thing['start'][19:]}"}


def _disorder(thing: Thing) -> Thing:
    if kind_of(thing) != "paper" or thing.get("deleted"):
        return thing
    made = {name: value for name, value in thing.items() if name != "mainFile"}
    first = [thing["mainFile"]] if "mainFile" in thing else []
    return made | {"auxiliaryFile": first + thing["auxiliaryFile"], "reference": "0001/2026"}


def _rubin(thing: Thing) -> Thing:
    kind = kind_of(thing)
    made = dict(thing)
    if "type" in made:
        made["type"] = made["type"].replace("/1.1/", "/1.0/")
    made["modified"] = f"{dt.datetime.now(dt.UTC):%Y-%m-%d}T00:00:00+00:00"
    if kind == "system":
        made.pop("body", None)
    if kind == "body":
        for name in _LISTS_OF_1_1:
            made.pop(name, None)
    if kind == "location":
        made["geojson"] = None
    return made


def _long(thing: Thing) -> Thing:
    return thing | ({"name": f"{thing['name']}{LONG}"} if kind_of(thing) == "paper" else {})


def _lying(thing: Thing) -> Thing:
    return thing | ({"mimeType": "application/msword"} if kind_of(thing) == "file" else {})


def _named_pdf(thing: Thing) -> Thing:
    if kind_of(thing) != "file":
        return thing
    return thing | {name: f"{thing[name]}.pdf" for name in ("accessUrl", "downloadUrl")}


def _without_offset(thing: Thing) -> Thing:
    made = dict(thing)
    for name in ("start", "end"):
        if name in made:
            made[name] = _MOMENT.sub(r"\1", made[name])
    for name in ("created", "modified"):
        if name in made:
            made[name] = made[name][:10]
    if kind_of(thing) == "meeting" and made["id"].endswith("/10000"):
        made["start"] = made["start"][:10]
    return made


def _contact(thing: Thing) -> Thing:
    if kind_of(thing) != "person":
        return thing
    phone, mail, _, birthday = CANARIES
    home = _home(f"{thing['id']}/home", thing["id"])
    return thing | {
        "phone": [phone],
        "email": [mail],
        "life": f"geboren am {birthday}",
        "location": home["id"],
        "locationObject": home,
    }


def _home(id_: str, person: str) -> Thing:
    _, _, street, _ = CANARIES
    return {
        "id": id_,
        "type": "https://schema.oparl.org/1.1/Location",
        "description": street,
        "streetAddress": street,
        "persons": [person],
    }


def _in_circles(thing: Thing) -> Thing:
    """Embedded files and terms without id; consultations and items that embed what they are in."""
    frame = {name: value for name, value in thing.items() if not isinstance(value, dict | list)}
    made = dict(thing)
    for name in ("mainFile", "auxiliaryFile", "invitation", "resultsProtocol", "legislativeTerm"):
        if name in made:
            made[name] = _without_ids(made[name])
    for name, key in (("consultation", "paper"), ("agendaItem", "meeting")):
        if isinstance(made.get(name), list):
            made[name] = [
                each | {key: frame | {name: [each]}} if isinstance(each, dict) else each
                for each in made[name]
            ]
    return made


def _without_ids(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_ids(each) for each in value]
    return {name: each for name, each in value.items() if name != "id"}


_OBJECTS: Final[Mapping[F, Callable[[Thing], Thing]]] = {
    F.LOCATION_SWAPPED: _swapped_location,
    F.SCALAR_FOR_ARRAY: _scalars,
    F.BROKEN_FILE_URLS: _broken_files,
    F.NAMES_OF_NOTHING: _nameless,
    F.VENDOR_TYPES: _vendor_types,
    F.CARELESS_FIELDS: _careless,
    F.END_BEFORE_START: _reversed_time,
    F.PAPERS_IN_DISORDER: _disorder,
    F.RUBIN: _rubin,
    F.LONG_STRINGS: _long,
    F.LYING_CONTENT_TYPE: _lying,
    F.ROBOTS_WILDCARD: _named_pdf,
    F.DATES_WITHOUT_OFFSET: _without_offset,
    F.PRIVATE_CONTACT: _contact,
}
