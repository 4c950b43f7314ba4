"""What was handed over: deposited report files, their checksums and deposit instants, and who fetched them."""
