"""What a customer looks at: the parts that notebooks put together."""
