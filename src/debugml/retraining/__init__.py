"""When do I retrain, and what does it cost?"""
