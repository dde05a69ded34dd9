"""What is true of movements, seals and gates: pure, no I/O, no clock, no chance."""
