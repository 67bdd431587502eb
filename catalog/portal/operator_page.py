"""Who answers for the portal: what its imprint, privacy and accessibility pages must say."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, EmailStr, Field, ValidationError

from catalog.portal.errors import PortalError

Page = Literal["impressum", "datenschutz", "barrierefreiheit", "ki"]
Line = Annotated[str, Field(max_length=300)]
Text = Annotated[str, Field(min_length=1, max_length=50_000)]

_NEEDED: Final[Mapping[str, Page]] = {
    "name": "impressum",
    "street": "impressum",
    "town": "impressum",
    "represented_by": "impressum",
    "email": "impressum",
    "phone": "impressum",
    "responsible": "impressum",
    "privacy_officer": "datenschutz",
    "privacy_email": "datenschutz",
    "log_days": "datenschutz",
    "enforcement": "barrierefreiheit",
    "accessibility_checked": "barrierefreiheit",
}


class Operator(BaseModel):
    """Who runs the portal. What is empty is shown as missing on the page that needs it.

    Attributes:
        name: The body that answers for the portal.
        street: Street and number.
        town: Postcode and town.
        represented_by: Who represents it, with office.
        email: For everybody who has a question.
        phone: As one dials it.
        responsible: Who answers for the content (§ 18 (2) MStV), with address.
        authority: Supervising authority; may stay empty.
        vat_id: May stay empty.
        privacy_officer: Data protection officer: name or office, with address.
        privacy_email: The officer's e-mail.
        privacy_authority: Where one may complain.
        log_days: For how many days the web server before the portal keeps addresses; 0: it keeps
            none.
        accessibility_email: Where barriers are reported; empty: ``email``.
        enforcement: The body for complaints about accessibility, with address.
        accessibility_checked: When the accessibility statement was made or renewed.
        pages: Markdown that stands in place of a page's whole text.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    name: Line = ""
    street: Line = ""
    town: Line = ""
    represented_by: Line = ""
    email: EmailStr | Literal[""] = ""
    phone: Line = ""
    responsible: Line = ""
    authority: Line = ""
    vat_id: Line = ""
    privacy_officer: Line = ""
    privacy_email: EmailStr | Literal[""] = ""
    privacy_authority: Line = (
        "Der Landesbeauftragte für den Datenschutz und die Informationsfreiheit "
        "Rheinland-Pfalz, https://www.datenschutz.rlp.de/"
    )
    log_days: Annotated[int, Field(ge=0, le=365)] | None = None
    accessibility_email: EmailStr | Literal[""] = ""
    enforcement: Line = ""
    accessibility_checked: dt.date | None = None
    pages: Mapping[Page, Text] = Field(default_factory=dict)

    def missing(self) -> dict[str, Page]:
        """The fields that are still to be filled, each with the page that shows the gap."""
        return {
            field: page
            for field, page in _NEEDED.items()
            if page not in self.pages and getattr(self, field) in ("", None)
        }


def load_operator(file: Path) -> Operator:
    """Read the operator's YAML file.

    Raises:
        PortalError: It cannot be read, is no YAML, or says what it cannot say.
    """
    try:
        told = yaml.safe_load(file.read_text(encoding="utf-8"))
        return Operator.model_validate(told or {})
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise PortalError(f"{file}: {error} → name a readable YAML file") from error
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, each['loc'])) or 'file'}: {each['msg']}"
            for each in error.errors(include_input=False, include_url=False)
        )
        raise PortalError(f"{file}: {wrong} → docs/operations.md names the fields") from error
