"""Makes what tests need: brands, and later whatever a domain's tests share. One module per domain."""
