"""What accounts read about credits: balance, history, prices."""
