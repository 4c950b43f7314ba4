"""The customer portal of an energy supplier: accounts, readings, reports and the pages that show them."""
