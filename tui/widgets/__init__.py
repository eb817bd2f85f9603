"""The widgets: they know rows and spans, never queries."""
