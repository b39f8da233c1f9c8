from .deck import Deck, Import, Revision, Slide
from .ink import InkChange, Stroke
from .pairing import Pairing
from .talk import Device, Talk, TalkEvent
from .upload import Upload

__all__ = [
    "Deck",
    "Device",
    "Import",
    "InkChange",
    "Pairing",
    "Revision",
    "Slide",
    "Stroke",
    "Talk",
    "TalkEvent",
    "Upload",
]
