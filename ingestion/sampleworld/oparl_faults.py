"""The 36 things that real OParl servers were seen doing, each a fault of the sample world.

Switched like every other fault, also by city: ``oparl_16_limit_truncates@musterstadt``. What they
change stands in ``oparl_gate`` (answers) and ``oparl_twists`` (objects and pages); what our client
does about each stands in ``docs/sources/oparl.md`` under the same number.
"""

from enum import StrEnum


class OparlFault(StrEnum):
    """A named fault of the OParl server; the number is that of the list of cases."""

    EMPTY_IS_404 = "oparl_01_empty_is_404"
    """A list that ``modified_since`` leaves empty answers 404 and JSON with ``code: 802``."""

    BARE_LIST = "oparl_02_bare_list"
    """A list is a bare array of all its objects, without ``data``, ``pagination``, ``links``."""

    DELETED_WITHOUT_TYPE = "oparl_03_deleted_without_type"
    """Every list, filtered or not, begins with a deleted object that has no ``type``."""

    BODY_IS_ONE_OBJECT = "oparl_04_body_is_one_object"
    """The list of bodies is the Body itself."""

    AGS_OF_ANY_LENGTH = "oparl_05_ags_of_any_length"
    """There are two bodies: a neighbour with a key of nine digits, ours with one of seven."""

    LOCATION_SWAPPED = "oparl_06_location_swapped"
    """Meetings and organisations link their location, persons embed theirs."""

    SCALAR_FOR_ARRAY = "oparl_07_scalar_for_array"
    """Arrays of one element come as the element, single files as arrays."""

    BROKEN_FILE_URLS = "oparl_08_broken_file_urls"
    """Papers' files are at ``files//rim/…``, meetings' files end in ``.eml.pdf``: both 404."""

    SLOW_AND_STRICT = "oparl_09_slow_and_strict"
    """Every list takes ``Faults.slow_seconds`` and redirects (301) first; ``limit`` is a 400,
    ``modified_since`` a 503 with HTML."""

    SPURIOUS_500 = "oparl_10_spurious_500"
    """Every other request of a list is a 500; the next one is answered."""

    CONTROL_CHARACTERS = "oparl_11_control_characters"
    """Names contain raw control characters, which JSON forbids."""

    NAMES_OF_NOTHING = "oparl_12_names_of_nothing"
    """Papers are called ``N/A``, persons null, organisations have a blank short name."""

    VENDOR_TYPES = "oparl_13_vendor_types"
    """Organisations have the type ``gr`` or ``at``; the key ``agendaItem`` is in lower case."""

    NEXT_DROPS_FILTER = "oparl_14_next_drops_filter"
    """``next`` forgets the filters."""

    CARELESS_FIELDS = "oparl_15_careless_fields"
    """Ids have their number in the query; ``mimeType`` is ``pdf``, ``downloadUrl`` empty, ``size``
    0, empty lists hold null, ``formOfAddress`` is misspelt, everything was modified just now."""

    LIMIT_TRUNCATES = "oparl_16_limit_truncates"
    """``limit=n`` cuts the list after n objects and there is no ``next``."""

    HTML_200 = "oparl_17_html_200"
    """The second page of the list of persons is an HTML error page with status 200."""

    RAW_DATES = "oparl_18_raw_dates"
    """A percent-encoded date is a 400: this server needs colon and plus as they are."""

    NO_MICROSECONDS = "oparl_19_no_microseconds"
    """A date with fractions of a second is a 400."""

    ENDLESS_NEXT = "oparl_20_endless_next"
    """The list of papers goes on for ever: each ``next`` is new and brings the last page again."""

    MOVED_AND_MEMBERS_ONLY = "oparl_21_moved_and_members_only"
    """The server moved to ``/neu/oparl/``; its ids and links still name ``/oparl/``, where nothing
    is any more. Persons are a 401."""

    END_BEFORE_START = "oparl_22_end_before_start"
    """Meetings end at midnight before they begin."""

    PAPERS_IN_DISORDER = "oparl_23_papers_in_disorder"
    """A deleted paper has nothing but id and type, no paper has a ``mainFile`` (all are auxiliary),
    and all have the same reference."""

    RUBIN = "oparl_24_rubin"
    """OParl 1.0: no lists but the four, the System names no bodies, an unknown path answers the
    System, the last page of persons is an Error object with status 200, ``modified`` is today,
    filters are ignored, ``geojson`` is null."""

    LINKED_NOT_LISTED = "oparl_25_linked_not_listed"
    """Lists leave out every fifth person, the last organisation and the last two papers; the very
    last paper is nowhere (404), although consultations link it."""

    CYCLES_AND_NO_IDS = "oparl_26_cycles_and_no_ids"
    """Embedded files and terms have no id; consultations embed their paper, items their meeting."""

    POOR_UNSORTED_LISTS = "oparl_27_poor_unsorted_lists"
    """Lists run backwards, and their objects have no more than id, type, name and time stamps."""

    INCOMPLETE_CHAIN = "oparl_28_incomplete_chain"
    """The TLS server does not send the intermediate certificate (the tests' TLS front asks)."""

    FIREWALL = "oparl_29_firewall"
    """Whoever is no browser gets a firewall's HTML page with status 200."""

    LONG_STRINGS = "oparl_30_long_strings"
    """Papers have names of more than 20,000 characters."""

    LYING_CONTENT_TYPE = "oparl_31_lying_content_type"
    """PDFs are sent as ``text/html`` and declared as Word documents."""

    ROBOTS_WILDCARD = "oparl_32_robots_wildcard"
    """robots.txt has ``Disallow: /*.pdf$``, and the files' URLs end in ``.pdf``."""

    DATES_WITHOUT_OFFSET = "oparl_33_dates_without_offset"
    """Moments have no offset, time stamps no time, and the first meeting starts on a mere day."""

    FOREIGN_NEXT = "oparl_34_foreign_next"
    """The ``next`` of the first page of persons leads to ``Faults.foreign``; the list of
    memberships redirects and loses its query."""

    MASS_DISAPPEARANCE = "oparl_35_mass_disappearance"
    """Meetings and papers, with all that hangs on them, are gone from the lists and by URL."""

    PRIVATE_CONTACT = "oparl_36_private_contact"
    """Persons carry phone, e-mail, birthday and home address (``oparl_twists.CANARIES``)."""

    @property
    def number(self) -> int:
        """The number of the case."""
        return int(self.split("_")[1])
