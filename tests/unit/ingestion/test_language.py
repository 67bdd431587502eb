"""The language of a document, and silence where there is too little to judge by."""

from ingestion.language import language


def test_languages() -> None:
    assert (
        language(["Der Stadtrat beschließt den Ausbau des Radwegs in der Neustadt und die Kosten."])
        == "de"
    )
    assert (
        language(["The city council decides on the extension of the cycle path and its costs."])
        == "en"
    )
    assert language(["Ja."]) is None
    assert language([]) is None
