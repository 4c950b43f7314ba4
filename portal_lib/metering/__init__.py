"""How much was used when: the calendar, the readers of metering flows, and the store of daily curves."""
