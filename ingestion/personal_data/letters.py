"""Latin letters with all their accents: councils' papers name people from everywhere."""

from typing import Final

# Latin-1, Latin Extended-A and -B, and what Vietnamese adds.
_BEYOND_ASCII: Final = [chr(code) for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00))]

CAPITAL: Final = "A-Z" + "".join(each for each in _BEYOND_ASCII if each.isupper())
"""For a class of a regular expression: what may begin a name."""

SMALL: Final = "a-z" + "".join(each for each in _BEYOND_ASCII if each.islower())
"""For a class of a regular expression: what a name goes on with."""
