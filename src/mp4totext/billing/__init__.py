"""Balance, history and prices, as accounts see them."""
