"""Metering flows: one reader per format, all behind :class:`portal_lib.metering.flows.reader.Reader`."""
