"""A pilot report as a city writes it."""

_REPORT = """\
---
title: {title}
area: council
outcome: adopted
date: 2026-06-30
start: 2026-01-12
contact: {{office: "Hauptamt, Ratsbüro", email: {email}}}
effort: {{person_days: 24, cost_eur: 0}}
example: {example}
---

## Was wurde erprobt

{tried}

## Ergebnis

Von 60 Fragen fand sie 47.

## Aufwand

24 Tage.
"""


def report(
    tried: str,
    title: str = '"Vorlagen finden"',
    email: str = "ratsbuero@mainz.de",
    *,
    example: bool = False,
) -> str:
    """The Markdown with its front matter; ``title`` as YAML writes it."""
    return _REPORT.format(title=title, tried=tried, email=email, example=str(example).lower())
