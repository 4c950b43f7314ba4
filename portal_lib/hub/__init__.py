"""The JupyterHub side: the authenticator, the pages of registration and login, the analysts' spawner."""
