"""REST: the platform that all routes share, who may ask, and the routes of the directory and of analytics."""
