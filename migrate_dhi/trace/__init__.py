"""Which value sets which field: found by marking values, rendering, and reading the markers."""
