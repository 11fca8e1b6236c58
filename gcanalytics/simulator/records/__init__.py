"""What a conversation looks like to the platform: its picture, its metrics, its records and event bodies."""
