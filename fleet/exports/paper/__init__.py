"""Paper: receipts and labels as PDF and plain text."""
