"""The screens: one file each, none over 300 lines."""
