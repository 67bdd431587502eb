from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexes.e5_weights import WeightsError, bundled, read, unpack


def test_reads_the_installed_weights() -> None:
    weights = read(bundled())
    assert (weights.hidden, weights.layers, len(weights.pieces)) == (384, 12, 250_002)
    assert weights.pieces[weights.bos][0] == "<s>"
    assert weights.matrix("l0.q.w", 384, 384).std() == pytest.approx(0.1, abs=0.02)


def test_names_a_missing_tensor() -> None:
    with pytest.raises(WeightsError, match="l99"):
        read(bundled()).floats("l99.q.b", 384)


def test_unpacks_four_bit_numbers() -> None:
    block = np.zeros((1, 18), np.uint8)
    block[0, :2] = np.frombuffer(np.float16(0.5).tobytes(), np.uint8)
    block[0, 2] = 0x1F  # number 0 is 15 - 8, number 16 is 1 - 8
    numbers = unpack(block)
    assert (numbers[0], numbers[16], numbers[1]) == (3.5, -3.5, -4.0)


@pytest.mark.parametrize("size", [0, 3, 71, 72, 1_000, 1_000_100, 4_000_000])
def test_a_file_cut_short_is_refused(size: int, tmp_path: Path) -> None:
    path = tmp_path / "weights.bin"
    with bundled().open("rb") as file:
        path.write_bytes(file.read(size))
    with pytest.raises(WeightsError, match=r"weights\.bin.*reinstall"):
        read(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(at=st.integers(0, 71), value=st.integers(0, 255))
def test_a_damaged_header_never_gets_past(at: int, value: int, tmp_path: Path) -> None:
    with bundled().open("rb") as file:
        head = bytearray(file.read(5_000))
    head[at] = value
    path = tmp_path / "damaged.bin"
    path.write_bytes(head)
    with pytest.raises(WeightsError):
        read(path)
