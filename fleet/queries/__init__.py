"""Everything that reads: one file per noun, `f(session, ...) -> rows`. One SELECT with joins per list, never one per row."""
