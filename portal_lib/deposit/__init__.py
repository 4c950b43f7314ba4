"""What was handed over: report files, their checksums and deposit instants, and who fetched them."""
