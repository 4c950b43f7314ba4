"""The ``portal`` command: one module per noun. Each parses, calls a room of the house, and prints."""
