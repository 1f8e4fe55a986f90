"""`bin/test`: which tests run where, with what they need."""
