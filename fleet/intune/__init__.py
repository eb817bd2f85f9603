"""Microsoft Intune and Entra: sign in, read over HTTP, translate into what was observed. Never touches the database."""
