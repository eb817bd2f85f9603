"""Plain Python: what the register means. No input or output, no clock, no framework."""
