"""Papers: from a number to a coherent document, sentence by sentence out of the vocabulary."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Final

from ingestion.sampleworld.council import Council
from ingestion.sampleworld.dice import Dice, add_months, euro, month
from ingestion.sampleworld.faults import Fault
from ingestion.sampleworld.slots import money, slots_of
from ingestion.sampleworld.vocabulary import (
    Choices,
    Subject,
    Topic,
    common,
    subjects_for,
    topics,
)

MARK: Final = "Frei erfundenes Beispiel – kein amtliches Dokument"  # noqa: RUF001 - German
CANARY: Final = (
    "Rückfragen beantwortet der Antragsteller Korbinian Zwetschgenbaum, geb. am 17.03.1961, "
    "wohnhaft Musterzeile 12a, 55999 Beispielhausen, Telefon 06131 5550147, E-Mail "
    "korbinian.zwetschgenbaum@example.org; eine Erstattung bitte auf das Konto "
    "DE02 1203 0000 0000 2020 51."
)
CLOSED_CANARY: Final = "Kanarienwort nichtöffentlich: Quittenfrosch"
CLOSED_RESULT: Final = "mehrheitlich beschlossen: Zimtkauz"


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with running text and, below it, numbered points or a table."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    rows: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Attachment:
    """A document of a paper: ``number`` 0 is the paper itself; servers say its ``ending``."""

    id: int
    number: int
    name: str
    is_scan: bool = False
    ending: str = "pdf"


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper without its text (``sections`` writes that)."""

    index: int
    id: int
    reference: str
    kind: str
    title: str
    date: dt.date
    topic: str
    originator: str
    office: str
    head: str
    slots: dict[str, str]
    subject: int
    version: int
    base: int | None = None


def paper(council: Council, index: int) -> Paper:
    """The paper with this number, with title and everything its text will name."""
    return council.kept(("paper", index), lambda: _paper(council, index))


def _paper(council: Council, index: int) -> Paper:
    kind = council.kind(index)
    if kind == "Nachtrag":
        return _supplement(council, index)
    home = council.home(index)
    version = 2 if council.hits(Fault.CHANGED, index) else 1
    dice = council.dice("paper", index)
    choices = subjects_for(home.body.kind)
    # A stride near the golden section visits all subjects before one comes again.
    key, number = choices[(index * _stride(len(choices)) + council.seed) % len(choices)]
    topic = topics()[key]
    subject = topic.subjects[number]
    slots = slots_of(council, home, subject, dice, version)
    title = dice.pick(subject.title).format_map(slots)
    faction = f"Fraktion {slots['fraktion']}"
    if kind == "Anfrage":
        title = f"Anfrage der {faction}: {title}"
    elif kind == "Unterrichtungsvorlage":
        title = f"Sachstandsbericht: {title}"
    office = dice.pick(topic.office)
    return Paper(
        index=index,
        id=council.paper_id(index),
        reference=_reference(council, index, kind),
        kind=kind,
        title=title + (" (Neufassung)" if version > 1 else ""),
        date=home.date - dt.timedelta(days=dice.number(9, 24)),
        topic=topic.label,
        originator=faction if kind in ("Antrag", "Anfrage") else office,
        office=office,
        head=dice.pick((*council.town.heads, council.town.mayor)),
        slots=slots,
        subject=number,
        version=version,
    )


def _supplement(council: Council, index: int) -> Paper:
    base = paper(council, index - 1)
    dice = council.dice("supplement", index)
    old = base.slots["betrag"]
    amount = int(old.removesuffix(" Euro").replace(".", "")) * dice.number(104, 131) // 100
    slots = {
        **base.slots,
        "betrag_alt": old,
        "bezug": base.reference,
        **money(amount // 100 * 100, dice),
    }
    return replace(
        base,
        index=index,
        id=council.paper_id(index),
        reference=f"{base.reference}/1",
        kind="Nachtrag",
        title=f"Nachtrag zur Vorlage {base.reference}: {base.title}",
        date=council.home(index).date - dt.timedelta(days=dice.number(3, 7)),
        slots=slots,
        base=base.index,
    )


def sections(council: Council, of: Paper) -> list[Section]:
    """The paper's text, as its type demands."""
    if of.base is not None:
        return _supplement_text(council, of)
    topic = next(each for each in topics().values() if each.label == of.topic)
    subject = topic.subjects[of.subject]
    dice = council.dice("text", of.index, of.version)
    say = _Speaker(dice, of.slots)
    written = {
        "Beschlussvorlage": _decision,
        "Antrag": _motion,
        "Anfrage": _inquiry,
        "Unterrichtungsvorlage": _notice,
    }[of.kind](say, topic, subject)
    if council.hits(Fault.PRIVATE_DATA, of.index):
        written.append(Section("Ansprechperson", (CANARY,)))
    return written


class _Speaker:
    """Says sentences: picks among alternatives, leaves some out, fills the slots."""

    def __init__(self, dice: Dice, slots: dict[str, str]) -> None:
        self.dice, self.slots = dice, slots

    def all(self, sentences: Choices) -> tuple[str, ...]:
        return tuple(self.dice.pick(each).format_map(self.slots) for each in sentences)

    def text(self, *groups: Choices, leave_out: float = 0.0) -> str:
        kept: list[str] = []
        for group in groups:
            said = self.all(group)
            kept += [
                sentence
                for number, sentence in enumerate(said)
                if number == 0 or not self.dice.chance(leave_out)
            ]
        return " ".join(kept)

    def one(self, group: Choices) -> str:
        return self.dice.pick(self.dice.pick(group)).format_map(self.slots)


def _decision(say: _Speaker, topic: Topic, subject: Subject) -> list[Section]:
    shared = common()
    written = [
        Section("Beschlussvorschlag", points=say.all(subject.beschluss)),
        Section(
            "Sachverhalt",
            (say.text(subject.lage), say.text(subject.plan, leave_out=0.15)),
        ),
        Section("Begründung", (say.text(topic.why, leave_out=0.25),)),
    ]
    if say.dice.chance(0.7):
        written.append(Section("Alternativen", (say.text(shared.alternatives, leave_out=0.4),)))
    written.append(Section("Finanzielle Auswirkungen", (say.text(shared.finance),)))
    if say.dice.chance(0.75):
        written.append(Section("Auswirkungen auf das Klima", (say.text(topic.climate),)))
    if say.dice.chance(0.6):
        said = say.text(shared.participation, leave_out=0.4)
        written.append(Section("Beteiligung", (f"{said} {say.one(shared.closing)}",)))
    return written


def _motion(say: _Speaker, topic: Topic, subject: Subject) -> list[Section]:
    points = list(say.all(subject.beschluss))
    if say.dice.chance(0.6):
        points.append(say.one(common().closing))
    return [
        Section("Antrag", (say.one(common().motion),), tuple(points)),
        Section(
            "Begründung",
            (
                say.text(subject.lage, leave_out=0.2),
                say.text(topic.why, leave_out=0.3),
                say.text(subject.plan, leave_out=0.5),
            ),
        ),
    ]


def _inquiry(say: _Speaker, topic: Topic, subject: Subject) -> list[Section]:
    answers = say.text(subject.plan, leave_out=0.2)
    return [
        Section("Anlass", (say.text(subject.lage, leave_out=0.2), say.one(topic.why))),
        Section("Fragen", (say.one(common().question),), say.all(subject.fragen)),
        Section("Antwort der Verwaltung", (answers, say.one(common().finance))),
    ]


def _notice(say: _Speaker, topic: Topic, subject: Subject) -> list[Section]:
    return [
        Section("Anlass", (say.one(common().notice), say.text(subject.lage))),
        Section("Sachstand", (say.text(subject.plan), say.text(topic.why, leave_out=0.4))),
        Section("Finanzielle Auswirkungen", (say.one(common().finance_none),)),
        Section("Weiteres Vorgehen", (say.one(common().closing),)),
    ]


def _supplement_text(council: Council, of: Paper) -> list[Section]:
    say = _Speaker(council.dice("text", of.index), of.slots)
    topic = next(each for each in topics().values() if each.label == of.topic)
    subject = topic.subjects[of.subject]
    return [
        Section("Geänderter Beschlussvorschlag", points=say.all(subject.beschluss)),
        Section("Anlass des Nachtrags", (say.text(common().supplement),)),
        Section("Finanzielle Auswirkungen", (say.text(common().finance),)),
    ]


# -- documents -------------------------------------------------------------------------------


def file_id(council: Council, index: int, number: int) -> int:
    """The server's id of a paper's document."""
    return council.id_base + 400_000 + index * 8 + number


def attachments(council: Council, of: Paper) -> list[Attachment]:
    """The paper's documents that are listed now: the paper itself first."""
    listed = []
    if not council.hits(Fault.WITHDRAWN, of.index):
        listed.append(Attachment(file_id(council, of.index, 0), 0, of.kind))
    dice = council.dice("attachments", of.index)
    if of.kind == "Beschlussvorlage" and dice.chance(0.35):
        listed.append(Attachment(file_id(council, of.index, 1), 1, "Anlage 1 Kostenschätzung"))
    if of.kind == "Beschlussvorlage" and dice.chance(0.2):
        listed.append(Attachment(file_id(council, of.index, 2), 2, "Anlage 2 Zeitplan"))
    if of.index == scanned_paper(council):
        listed.append(
            Attachment(file_id(council, of.index, 3), 3, "Stellungnahme (Scan)", is_scan=True)
        )
        listed.append(Attachment(file_id(council, of.index, 4), 4, "Aushang (Foto)", ending="png"))
        listed.append(
            Attachment(file_id(council, of.index, 5), 5, "Zeitplan (Webseite)", ending="html")
        )
    return listed


def scanned_paper(council: Council) -> int:
    """The one paper of the city that has a scan, a picture and a web page among its documents."""
    return council.papers // 3


def attachment_text(council: Council, of: Paper, number: int) -> list[Section]:
    """The text of an attachment: a cost estimate that adds up, or a schedule."""
    topic = next(each for each in topics().values() if each.label == of.topic)
    if number == 1:
        return [_costs(council, of, topic.subjects[of.subject].kosten)]
    dice = council.dice("schedule", of.index, of.version)
    start = add_months(of.date, dice.number(2, 5))
    steps = (
        "Beschluss",
        "Ausschreibung",
        "Vergabe",
        "Beginn der Umsetzung",
        "Abschluss",
        "Bericht",
    )
    rows = []
    for step in steps:
        rows.append((step, month(start)))
        start = add_months(start, dice.number(1, 4))
    lead = f"Der Zeitplan gehört zur Vorlage {of.reference} ({of.title})."
    return [Section("Zeitplan", (lead,), rows=tuple(rows))]


def _costs(council: Council, of: Paper, positions: tuple[str, ...]) -> Section:
    dice = council.dice("costs", of.index, of.version)
    total = int(of.slots["betrag"].removesuffix(" Euro").replace(".", ""))
    weights = [dice.number(4, 20) for _ in positions]
    parts = [total * weight // sum(weights) // 100 * 100 for weight in weights]
    parts[0] += total - sum(parts)
    rows = [
        (f"{number}. {name}", euro(part))
        for number, (name, part) in enumerate(zip(positions, parts, strict=True), start=1)
    ]
    rows.append(("Summe brutto", euro(total)))
    lead = f"Die Kostenschätzung gehört zur Vorlage {of.reference} ({of.title})."
    return Section("Kostenschätzung", (lead,), rows=tuple(rows))


def _reference(council: Council, index: int, kind: str) -> str:
    number = council.number_in_year(index)
    year = council.home(index).date.year
    if index >= council.papers:
        return f"S{number:03d}/{year}"
    if council.city == "koblenz":
        short = {"Unterrichtungsvorlage": "UV", "Antrag": "AT", "Anfrage": "AF"}.get(kind, "BV")
        return f"{short}/{number:04d}/{year}"
    if council.city == "ludwigshafen":
        return f"{year}{number:04d}"
    if council.city == "trier":
        return f"{number:03d}/{year}"
    return f"{number:04d}/{year}"


def _stride(length: int) -> int:
    """A step that visits all of ``length`` places, about 0.618 of it."""
    step = max(1, round(length * 0.618))
    while length % step == 0 and step > 1:
        step -= 1
    return step if _coprime(step, length) else 1


def _coprime(one: int, other: int) -> bool:
    while other:
        one, other = other, one % other
    return one == 1
