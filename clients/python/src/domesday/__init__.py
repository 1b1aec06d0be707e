"""A client of Domesday, the register of an organisation's infrastructure."""

from .client import Domesday, Record, Written
from .errors import Conflict, DomesdayError, Forbidden, NotFound, Refused, Unavailable

__all__ = [
    "Conflict",
    "Domesday",
    "DomesdayError",
    "Forbidden",
    "NotFound",
    "Record",
    "Refused",
    "Unavailable",
    "Written",
]
