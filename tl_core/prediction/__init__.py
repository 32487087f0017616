"""What is asked of one photo or many, without Keras and Streamlit."""
