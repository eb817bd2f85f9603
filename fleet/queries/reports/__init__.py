"""What managers' reports ask of the register beyond the lists of the screen."""
