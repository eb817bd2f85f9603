"""Everything that writes: one file per noun, `f(session, ..., *, actor, now)`.

A command never commits; its caller's `with database.transaction(...)` does.
"""
