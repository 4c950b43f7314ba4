"""Readings as files of any length: what was asked for, its pieces, and how they are written."""
