"""What OParl objects link to: what a walk has seen, and what it still has to ask for."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from ingestion.spill import SpilledMap, SpilledSet
from ingestion.systems._oparl_json import Node
from ingestion.systems._oparl_records import FILES

CHILDREN: Final[Mapping[str, Mapping[str, str]]] = {
    "body": {"legislativeTerm": "legislative_term", "location": "location"},
    "organization": {"membership": "membership", "location": "location"},
    "person": {"membership": "membership"},
    "meeting": {"agendaItem": "agenda_item", "location": "location"},
    "agenda_item": {"consultation": "consultation"},
    "paper": {"consultation": "consultation", "location": "location"},
}
"""Fields that hold a part of an object, embedded or linked, and what the part is.

A person's location is none: where somebody lives is not asked for.
"""
REFERENCES: Final[Mapping[str, Mapping[str, str]]] = {
    "organization": {"subOrganizationOf": "organization"},
    "membership": {
        "person": "person",
        "organization": "organization",
        "onBehalfOf": "organization",
    },
    "meeting": {"organization": "organization"},
    "agenda_item": {"meeting": "meeting"},
    "consultation": {"paper": "paper", "meeting": "meeting", "organization": "organization"},
    "paper": {
        "underDirectionOf": "organization",
        "originatorOrganization": "organization",
        "relatedPaper": "paper",
        "superordinatedPaper": "paper",
        "subordinatedPaper": "paper",
    },
    "file": {"paper": "paper", "meeting": "meeting"},
}
"""Fields that name an object with a list of its own; it may be missing there.

A consultation's agenda item is none: what is not on its meeting's agenda may be non-public.
"""
PARENTS: Final[Mapping[str, Mapping[str, str]]] = {
    "agenda_item": {"meeting": "meeting"},
    "consultation": {"paper": "paper"},
    "file": {"paper": "paper", "meeting": "meeting"},
}
"""Where a changed part is read as well: only there stand its position and its role."""


class Links:
    """One walk's memory.

    Attributes:
        seen: Ids of the objects that came, embedded ones included.
        kinds: How many objects of each kind came.
    """

    def __init__(self, *, is_update: bool) -> None:
        """Start empty; ``is_update``: the lists bring only what changed."""
        self._is_update = is_update
        # URL → kind and context, as JSON: a city's files, where they are only linked.
        self._open = SpilledMap()
        self._closed_items = SpilledSet()
        self._closed_files = SpilledSet()
        self.seen = SpilledSet()
        self.kinds: Counter[str] = Counter()

    def unresolved(self, kind: str) -> int:
        """How many objects of a kind are linked and did not come."""
        return sum(
            _told(text)[0] == kind and url not in self.seen for url, text in self._open.items()
        )

    def take(self) -> Iterator[tuple[str, str, dict[str, str]]]:
        """URL, kind and context of what is still to be asked, each once, new ones included."""
        while (first := self._open.pop_first()) is not None:
            url, text = first
            if url not in self.seen:
                self.seen.add(url)
                yield (url, *_told(text))

    def left(self) -> int:
        """How many links are still to be asked."""
        return sum(url not in self.seen for url in self._open)

    def note_listed(self, node: Node, kind: str) -> None:
        """Remember an object of a list and, if it is a changed part, where to read it as well."""
        self.note(node, kind)
        if self._is_update and not node.is_deleted:
            for key, of in PARENTS.get(kind, {}).items():
                self._link(node.urls(key), of)

    def note(self, node: Node, kind: str, inherited: Mapping[str, str] | None = None) -> None:
        """Remember an object as seen, and what it links to as still to be asked.

        Args:
            node: The object.
            kind: What it is.
            inherited: Ids of the objects in which it is embedded.
        """
        id_ = node.id
        self.kinds[kind] += 1
        if id_ is not None:
            self._came(id_)
        if node.is_deleted:
            return
        if kind == "agenda_item" and node.flag("public") is False:
            # P1: what hangs on a closed item is not asked for
            self._closed_items.update(filter(None, (id_,)))
            for key in FILES[kind]:
                self._closed_files.update(node.urls(key))
            return
        about = {**(inherited or {}), **({f"{kind}_id": id_} if id_ else {})}
        self._note_files(node, kind, about)
        self._note_children(node, kind, about)
        if not self._is_update:
            for key, of in REFERENCES.get(kind, {}).items():
                self._link(node.urls(key), of)

    def about_files(self, nodes: list[Node]) -> dict[str, str]:
        """What the objects that link the files of a list say of them: ``role@<id>`` and so on."""
        about: dict[str, str] = {}
        for node in nodes:
            id_ = node.id
            if id_ is None:
                continue
            kind, context = _told(self._open.get(id_))
            if kind == "file":
                about |= {f"{name}@{id_}": value for name, value in context.items()}
            if id_ in self._closed_files or any(
                url in self._closed_items for url in node.urls("agendaItem")
            ):
                about[f"is_public@{id_}"] = "False"
        return about

    def _came(self, id_: str) -> None:
        self.seen.add(id_)
        # What is said of a file where it is linked is asked for when its own list comes.
        if _told(self._open.get(id_))[0] not in {"", "file"}:
            del self._open[id_]

    def _note_files(self, node: Node, kind: str, about: Mapping[str, str]) -> None:
        for key, role in FILES.get(kind, {}).items():
            for file in node.nodes(key):
                if not file.is_mere_link:
                    self.note(file, "file", about)
            self._link(_to_ask(node, key), "file", {**about, "role": role})

    def _note_children(self, node: Node, kind: str, about: Mapping[str, str]) -> None:
        for key, of in CHILDREN.get(kind, {}).items():
            context = dict(about) if of in {"agenda_item", "consultation"} else {}
            self._link(_to_ask(node, key), of, context)
            for child in node.nodes(key):
                if not child.is_mere_link:
                    self.note(child, of, about)

    def _link(self, urls: list[str], kind: str, context: dict[str, str] | None = None) -> None:
        for url in urls:
            if url not in self.seen and url not in self._open:
                self._open[url] = json.dumps([kind, context or {}])


def _told(text: str | None) -> tuple[str, dict[str, str]]:
    """Kind and context of a link; no kind where there is no such link."""
    if text is None:
        return "", {}
    kind, context = json.loads(text)
    return kind, context


def _to_ask(node: Node, key: str) -> list[str]:
    """URLs of a field, and the ids of what is embedded with nothing in it."""
    mere = [each.id for each in node.nodes(key) if each.is_mere_link]
    return node.links(key) + [id_ for id_ in mere if id_ is not None]
