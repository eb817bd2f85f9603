"""Numbers of the reports against the facts of the generator, never against the queries under test."""
