"""What the cards and the index say is of the files that lie beside them."""

import hashlib
from pathlib import Path

import pytest

from training import catalog
from training.cards import BEGIN, END, table

MODELS = Path(__file__).resolve().parents[2] / "models"


@pytest.mark.parametrize("model", catalog.load(MODELS), ids=lambda m: m["name"])
def test_a_card_is_of_the_file_beside_it(model):
    assert hashlib.sha256((MODELS / model["file"]).read_bytes()).hexdigest() == model["sha256"]
    card = (MODELS / model["card"]).read_text()
    assert card.split(BEGIN)[1].split(END)[0].strip() == table(model)
