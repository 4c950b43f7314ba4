"""Who is supplied where: customers, supply points and their holders over time, orders; and loading them."""
