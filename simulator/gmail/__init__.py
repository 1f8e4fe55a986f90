"""The Gmail API, version 1: https://developers.google.com/workspace/gmail/api/reference/rest."""
