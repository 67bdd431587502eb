"""SessionNet's list of committees (``gr0040``) and one committee's page (``kp0040``).

Only the committees themselves are read; their members are people and come with their own issue.
"""

import re
from collections.abc import Iterator
from typing import Final

from ingestion.record import Fetched, Organization
from ingestion.systems import _html
from ingestion.systems.sessionnet._page import Page, open_page

# Headings that name the kind of page and no committee.
_GENERIC: Final = re.compile(r"^(?:Mitglieder|Gremien|Mandatsträger|Besetzung|SessionNet)\b")
_SITE: Final = re.compile(r"^.*?informationssystem[^-]*-\s+", re.IGNORECASE)


def records(fetched: Fetched) -> Iterator[Organization]:
    """Read the committees of a list, or the one committee of its own page.

    Raises:
        UnknownStructureError: It is neither.
    """
    page = open_page(fetched)
    if page.name == "gr0040":
        yield from _listed(page)
    elif page.name == "kp0040":
        yield _single(page)
    else:
        raise page.error(
            f"there is no committee on this page ({page.name})",
            "compare the page with docs/sources/sessionnet.md",
        )


def _listed(page: Page) -> Iterator[Organization]:
    table = page.root.css_first("table[id^=smc_page_gr0040], table.smc-table")
    if table is None:
        raise page.error(
            "there is no list of committees", "compare the page with docs/sources/sessionnet.md"
        )
    found: dict[str, Organization] = {}
    for link in table.css("a[href*=__kgrnr]"):
        href = _html.attribute(link, "href")
        number, name = _html.query_id(href, "__kgrnr"), _html.text(link)
        url = _html.absolute(page.url, href)
        if number and name and url and number not in found:
            found[number] = Organization(id=number, url=url, name=name)
    yield from found.values()


def _single(page: Page) -> Organization:
    number = page.own_id("__kgrnr")
    if number is None:
        raise page.error(
            "the page does not tell the committee's number",
            "parse it with the address it was fetched from (…?__kgrnr=2)",
        )
    heading = _SITE.sub("", page.heading)
    told = "" if _GENERIC.match(heading) else heading
    # A page saved without its heading names the committee nowhere; its number still does.
    name = told or page.fetched.context.get("name") or f"Gremium {number}"
    return Organization(id=number, url=page.url, name=name)
