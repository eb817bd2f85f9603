"""The parts of the machine that works a register for months in random order: its rules by subject, and what stays true."""
