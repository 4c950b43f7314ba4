"""What is known of the quality of a day's curve."""

from enum import IntFlag


class DayFlag(IntFlag):
    """How a day's curve came to be; 0 is measured and validated by the distributor.

    Stored in ``curve_day.flags``.     The numbers are in the database: never reuse one. Estimated and
    not-validated values are kept and shown with their flag, never dropped.
    """

    ESTIMATED = 1  #: ``TipoDato`` S: the distributor estimated the values
    NOT_VALIDATED = 2  #: ``Validato`` N: the distributor has not validated them yet
    CORRECTED = 4  #: from a flow of corrections (RFO, RNO), not from the first sending
    CUSTOMER_EXPORT = 8  #: from a customer's CSV export, not from a distributor's flow
