"""The screen in a browser: one page, one websocket per session, nothing fetched from elsewhere."""
