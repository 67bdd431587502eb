"""The words of the sample world: towns and topics, each one YAML file beside this module."""

from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from ruamel.yaml import YAML

_HERE: Final = Path(__file__).parent

CommitteeKind = Literal[
    "rat", "orts", "finanzen", "bau", "verkehr", "umwelt", "schule", "jugend", "kultur", "sozial"
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _alternatives(text: object) -> object:
    """``"a | b"`` → ``("a", "b")``: one of them will be said."""
    return tuple(part.strip() for part in text.split(" | ")) if isinstance(text, str) else text


Choice = Annotated[tuple[str, ...], BeforeValidator(_alternatives)]
Choices = tuple[Choice, ...]


class Committee(_Strict):
    """A body that meets; ``kind`` says which topics come before it."""

    name: str
    kind: CommitteeKind
    members: int
    genitive: str
    room: str
    address: str


class Town(_Strict):
    """A city and what its papers may name."""

    name: str
    adjective: str
    mayor: str
    heads: tuple[str, ...]
    factions: tuple[str, ...]
    committees: tuple[Committee, ...]
    district_council: str
    district_genitive: str
    districts: dict[str, tuple[str, ...]]
    places: tuple[str, ...]
    parks: tuple[str, ...]
    schools: tuple[str, ...]
    halls: tuple[str, ...]
    stages: tuple[str, ...]
    companies: dict[str, str]


class Subject(_Strict):
    """One matter a paper can be about, as sentences with slots."""

    title: Choice
    slots: dict[str, str] = Field(default_factory=dict)
    lage: Choices
    plan: Choices
    beschluss: Choices
    fragen: Choices
    kosten: tuple[str, ...]


class Topic(_Strict):
    """A field of municipal work with its subjects."""

    label: str
    office: tuple[str, ...]
    committees: tuple[CommitteeKind, ...]
    why: Choices
    climate: Choices
    subjects: tuple[Subject, ...]


class Common(_Strict):
    """What every paper may say, whatever it is about."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    alternatives: Choices
    finance: Choices
    finance_none: Choices
    participation: Choices
    closing: Choices
    motion: Choices
    question: Choices
    notice: Choices
    supplement: Choices
    planners: tuple[str, ...]
    closed_items: tuple[str, ...]
    notices: tuple[str, ...]
    scan: tuple[str, ...]
    notice_board: tuple[str, ...]


def _load(path: Path) -> object:
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


@cache
def town(city: str) -> Town:
    """The town of a city id, e.g. ``mainz``."""
    return Town.model_validate(_load(_HERE / "towns" / f"{city}.yml"))


@cache
def towns() -> tuple[str, ...]:
    """The ids of all towns, sorted."""
    return tuple(sorted(path.stem for path in (_HERE / "towns").glob("*.yml")))


@cache
def topics() -> dict[str, Topic]:
    """All topics by key (the file's stem), sorted by key."""
    files = sorted((_HERE / "texts").glob("*.yml"))
    return {path.stem: Topic.model_validate(_load(path)) for path in files if path.stem != "common"}


@cache
def common() -> Common:
    """The sentences that belong to no topic."""
    return Common.model_validate(_load(_HERE / "texts" / "common.yml"))


@cache
def subjects_for(kind: CommitteeKind) -> tuple[tuple[str, int], ...]:
    """(topic key, subject number) of all that comes before a kind of committee."""
    found = [
        (key, number, topic.subjects)
        for key, topic in topics().items()
        if kind == "rat" or kind in topic.committees
        for number in range(len(topic.subjects))
    ]
    # Interleaved by subject number, so that neighbours in the list differ in topic.
    return tuple((key, number) for key, number, _ in sorted(found, key=lambda each: each[1]))
