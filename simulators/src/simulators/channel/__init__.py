"""The payment provider: it takes money at its pay page, says so by signed notices, and misbehaves on request."""
