"""Errors as Google words them, and the JSON body that all its APIs answer with."""

from simulator.state import Document

_STATUS_NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    413: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
}
_REASONS = {
    400: ("badRequest", "Bad Request"),
    401: ("authError", "Request had invalid authentication credentials."),
    403: ("userRateLimitExceeded", "User Rate Limit Exceeded"),
    404: ("notFound", "Requested entity was not found."),
    409: ("alreadyExists", "Resource already exists."),
    429: ("rateLimitExceeded", "Too many concurrent requests for user."),
    500: ("backendError", "Backend Error"),
    501: ("notImplemented", "Not Implemented"),
    503: ("backendError", "The service is currently unavailable."),
}
_USAGE_REASONS = {"rateLimitExceeded", "userRateLimitExceeded", "dailyLimitExceeded", "accessNotConfigured"}


class GoogleError(Exception):
    """An answer that is not 2xx. What is left out is what Google says most often for the status."""

    def __init__(self, status: int, reason: str = "", message: str = "", retry_after: float | None = None) -> None:
        usual_reason, usual_message = _REASONS.get(status, ("backendError", "Error"))
        self.status = status
        self.reason = reason or usual_reason
        self.message = message or usual_message
        self.retry_after = retry_after
        super().__init__(self.message)

    def headers(self) -> dict[str, str]:
        """Return the headers that go with it."""
        return {} if self.retry_after is None else {"retry-after": f"{self.retry_after:g}"}

    def body(self) -> Document:
        """Return the JSON body: https://cloud.google.com/apis/design/errors with the older ``errors`` list."""
        domain = "usageLimits" if self.reason in _USAGE_REASONS else "global"
        return {
            "error": {
                "code": self.status,
                "message": self.message,
                "errors": [{"message": self.message, "domain": domain, "reason": self.reason}],
                "status": _STATUS_NAMES.get(self.status, "UNKNOWN"),
            }
        }
