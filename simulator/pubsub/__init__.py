"""Google Cloud Pub/Sub: topics, subscriptions, pull and authenticated push."""
