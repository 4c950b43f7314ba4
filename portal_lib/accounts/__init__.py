"""Who may come in: registration, confirmation, login; one module per journey. Knows neither Jupyter nor tornado."""
