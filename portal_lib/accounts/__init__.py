"""Who may come in: registration, confirmation, login. One module per journey; no Jupyter, no tornado."""
