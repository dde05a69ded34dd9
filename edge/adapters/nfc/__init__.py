"""NFC readers through nfcpy: `reader` owns the thread, `device` opens and closes, `card` reads one card.

Nothing here judges a card. A read that broke off is TORN, never "no seal" (R-060); an odd card never stops the loop.
"""

from __future__ import annotations

import logging

from edge.adapters.nfc.reader import NfcReader

__all__ = ["NfcReader"]

# nfcpy turns on INFO and the capture of warnings for the whole process when imported, and logs every retry as an error.
logging.captureWarnings(capture=False)
for _name in ("nfc", "nfc.clf", "nfc.tag"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)
