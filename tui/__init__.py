"""The terminal UI: rows on screens, keys on actions; reading and writing happen in threads."""

import os

# Textual reads this once, at its first import: repaints wait for this timer, and 240 halves the latency of a key.
os.environ.setdefault("TEXTUAL_FPS", "240")
