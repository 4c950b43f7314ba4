"""Whose eyes these are: the one scoped door through which readings and documents are seen.

A customer's page, export or report reads through a :class:`Door`, which gives a visitor what their customer
codes may see and nothing else. Staff read through a :class:`StaffDoor`, which puts every read on record
first.
"""

from portal_lib.customers.holdings import Holding, SupplyPoint
from portal_lib.visitor.door import Door
from portal_lib.visitor.exceptions import NotYours
from portal_lib.visitor.staff import StaffDoor
from portal_lib.visitor.who import Visitor

__all__ = ["Door", "Holding", "NotYours", "StaffDoor", "SupplyPoint", "Visitor"]
