"""A card taken out of a kiosk, read byte by byte: no name, no ID, no PIN, no key of a seal or of another gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge.domain.view import Act, Step
from schemas import pin, sealed
from schemas.envelope import Rejected, SigningKey
from schemas.messages import PaperKind
from schemas.sealed import OpeningKey, Purpose
from tests.edge_gate import GATE_KEY, OPENING_KEY, SEAL, Booth, expected, manifest, sealed_to, signed
from tests.integration.edge_core.booth import running, to_checks
from tests.town import DESTINATION, OFFICER

if TYPE_CHECKING:
    from pathlib import Path

CLOUD = OpeningKey(b"p" * 32)
OTHER_GATE = OpeningKey.of_signer(SigningKey.from_seed(b"o" * 32).seed)
DRIVER, STATEMENT, PIN = "王小明", "封條於國道三號斷裂", "471193"
ID_PICTURE = b"\xff\xd8 A123456789 " + DRIVER.encode() + b" \xff\xd9"


@pytest.fixture
async def card(tmp_path: Path) -> Path:
    """What a day leaves in the agent's directory: a hold with both papers, sealed keys and PINs in the manifest."""
    movement = expected(state="IN_TRANSIT")
    booth = await Booth(folder=tmp_path, movements=(movement,), place=DESTINATION).open()
    told = sealed_to(seal_keys={SEAL.uid_hex: SEAL.file_key.hex().upper()}, pins={OFFICER.badge_uid: pin.verifier(PIN)})
    text = signed(manifest(movement, place=DESTINATION, version=2, papers_key=CLOUD.public, sealed=told))
    await booth.papers.accept(text, booth.clock.now())
    async with running(booth):
        await to_checks(booth)
        await booth.lane.act(Act(act="operation", choice="ABNORMAL_IN"))
        await booth.lane.act(Act(act="choose", choice="ALTERED"))
        await booth.lane.act(Act(act="next"))
        await booth.lane.act(Act(act="paper", paper=PaperKind.STATEMENT, text=STATEMENT, driver=DRIVER))
        booth.camera.jpeg = ID_PICTURE
        view = await booth.lane.act(Act(act="paper", paper=PaperKind.DRIVER_ID))
        assert view.step is Step.PAPERS
        assert view.papers_done == (PaperKind.STATEMENT, PaperKind.DRIVER_ID)
    await booth.close()
    return tmp_path


def left_on(card: Path) -> bytes:
    return b"\0".join(path.read_bytes() for path in sorted(card.rglob("*")) if path.is_file())


@pytest.mark.req("R-115", "R-116")
async def test_it_gives_away_no_name_no_paper_no_pin_and_no_key(card: Path) -> None:
    left = left_on(card)
    assert len(left) > 10_000, "the day left something"
    secrets = (DRIVER.encode(), STATEMENT.encode(), b"A123456789", PIN.encode(), b"$argon2id$", ID_PICTURE)
    keys = (SEAL.file_key, SEAL.file_key.hex().encode(), SEAL.file_key.hex().upper().encode(), GATE_KEY.seed)
    assert [secret for secret in (*secrets, *keys) if secret in left] == []


@pytest.mark.req("R-115", "R-116")
async def test_not_even_the_gates_own_key_opens_a_drivers_papers(card: Path) -> None:
    papers = [path.read_bytes() for path in (card / "photos").iterdir() if path.read_bytes().startswith(b"eyJ")]
    assert len(papers) == 2
    for jwe in papers:
        assert sealed.open_sealed(jwe, CLOUD, Purpose.PAPER)
        with pytest.raises(Rejected):
            sealed.open_sealed(jwe, OPENING_KEY, Purpose.PAPER)


@pytest.mark.req("R-116")
def test_with_the_gates_key_as_well_nothing_of_another_gate_opens() -> None:
    with pytest.raises(Rejected):
        sealed.open_sealed(sealed_to(OTHER_GATE.public).encode(), OPENING_KEY, Purpose.SECRETS)
