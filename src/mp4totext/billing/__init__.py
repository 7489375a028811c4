"""Balance, history and prices of accounts."""
