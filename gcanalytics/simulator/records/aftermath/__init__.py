"""What a details record has beside the course of its conversation, in the API's shape."""
